using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>
/// What a validation found, and where it is. Paths become text only when something is wrong.
/// <paramref name="root"/> is the field that is validated; "" for a whole object.
/// </summary>
internal sealed class Violations(string root)
{
    private readonly List<object> path = [];
    private readonly List<StatusCause> causes = [];

    public IReadOnlyList<StatusCause> Causes => causes;

    public int Count => causes.Count;

    /// <summary>How much of a value fitted: of several alternatives the closest one explains what is wrong.</summary>
    public int Matches { get; private set; }

    /// <summary>Where the value stands below the root, as the messages of kube-openapi name it.</summary>
    public string Path => Render("");

    public void Enter(string key) => path.Add(key);

    public void Enter(int index) => path.Add(index);

    public void Leave() => path.RemoveAt(path.Count - 1);

    public void Match() => Matches++;

    /// <summary>An empty list at the same place.</summary>
    public Violations Branch()
    {
        Violations branch = new(root);
        branch.path.AddRange(path);
        return branch;
    }

    public void Add(Violations branch)
    {
        causes.AddRange(branch.causes);
        Matches += branch.Matches;
    }

    /// <summary>Forgets everything since a count.</summary>
    public void Forget(int count) => causes.RemoveRange(count, causes.Count - count);

    /// <summary><paramref name="what"/> follows the path in the sentence.</summary>
    public void Invalid(JsonNode? value, string what) => Invalid(FieldValue.Of(value), what);

    public void Invalid(string value, string what) => causes.Add(StatusCause.Invalid(Field, value, $"{Path} in body {what}"));

    public void WrongType(string expected, string actual) =>
        causes.Add(new("FieldValueTypeInvalid", $"Invalid value: {actual}: {Path} in body must be of type {expected}: {actual}", Field));

    public void Forbidden(string key) =>
        causes.Add(StatusCause.Invalid(Field, FieldValue.Of(key), $"{Path}.{key} in body is a forbidden property"));

    public void Required(string key)
    {
        Enter(key);
        causes.Add(StatusCause.Required(Field));
        Leave();
    }

    public void Unsupported(JsonNode? value, IEnumerable<JsonNode?> supported)
    {
        string list = string.Join(", ", supported.Select(s => $"\"{s?.ToString() ?? "null"}\""));
        causes.Add(new("FieldValueNotSupported", $"Unsupported value: {FieldValue.Of(value)}: supported values: {list}", Field));
    }

    public void TooLong(long most) => causes.Add(new("FieldValueTooLong", $"Too long: may not be more than {most} {(most == 1 ? "byte" : "bytes")}", Field));

    public void TooMany(int count, long most) =>
        causes.Add(new("FieldValueTooMany", $"Too many: {count}: must have at most {most} {(most == 1 ? "item" : "items")}", Field));

    public void Duplicate(JsonNode? value) => causes.Add(new("FieldValueDuplicate", $"Duplicate value: {FieldValue.Of(value)}", Field));

    /// <summary>What kube-openapi says of no field in particular.</summary>
    public void General(string message) => causes.Add(StatusCause.Invalid(root.Length == 0 ? "<nil>" : root, "\"\"", message));

    public void At(StatusCause cause) => causes.Add(cause);

    public string Field => Render(root) is { Length: > 0 } rendered ? rendered : "<nil>";

    private string Render(string start)
    {
        StringBuilder text = new(start);
        foreach (object segment in path)
            _ = segment is int index ? text.Append('[').Append(index).Append(']') : text.Append(text.Length == 0 ? "" : ".").Append(segment);
        return text.ToString();
    }
}
