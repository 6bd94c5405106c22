using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Tests.Installation;

/// <summary>
/// What the kinds of one Kubernetes version consist of, from the models that its JavaScript client generates from its OpenAPI document.
/// CI fetches them (.ci/install); where they are not, tests that need them are left out.
/// </summary>
internal sealed partial class KubernetesModels
{
    private static readonly string Fetched = Path.Combine(RepositoryRoot.Folder, "artifacts", "tools", "kubernetes-models");

    /// <summary>Each type's fields, with the types of these as TypeScript writes them.</summary>
    private readonly Dictionary<string, Dictionary<string, string>> types = [];

    private KubernetesModels(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.js"))
        {
            if (Fields().Match(File.ReadAllText(file)) is { Success: true } found)
                types[found.Groups["type"].Value] = JsonNode.Parse(found.Groups["fields"].Value)!.AsArray().ToDictionary(f => f!["baseName"]!.ToString(), f => f!["type"]!.ToString());
        }
        types.Should().HaveCountGreaterThan(500, "{0} has the models of a whole version", folder);
    }

    /// <summary>Of that version. A version that no client was generated from has at least what the one before it has: a stable API loses no field (the deprecation policy).</summary>
    public static KubernetesModels Of(int minor)
    {
        string[] folders = [.. new[] { minor, minor - 1 }.Select(m => Path.Combine(Fetched, $"1.{m}")).Where(Directory.Exists)];
        Assert.SkipWhen(folders.Length == 0, $"the models of Kubernetes 1.{minor} are not there");
        return new(folders[0]);
    }

    /// <summary>Whether it is a kind of Kubernetes' own.</summary>
    public bool Knows(JsonObject value) => types.ContainsKey(TypeOf(value));

    /// <summary>Fields that the object has and its kind has not, and values of another type than their field's.</summary>
    public IEnumerable<string> Violations(JsonObject value) => Violations(value, TypeOf(value), value["kind"]!.ToString());

    private static string TypeOf(JsonObject value)
    {
        var (group, version) = value["apiVersion"]!.ToString().Split('/') is [var g, var v] ? (g, v) : ("", value["apiVersion"]!.ToString());
        return group.Contains('.') && !group.EndsWith(".k8s.io", StringComparison.Ordinal) ? "" : char.ToUpperInvariant(version[0]) + version[1..] + value["kind"];
    }

    private IEnumerable<string> Violations(JsonNode? value, string type, string path) => (type, value) switch
    {
        ("any" or "IntOrString", not null) => [],
        (_, JsonArray list) when type.StartsWith("Array<", StringComparison.Ordinal) => list.SelectMany((item, i) => Violations(item, type[6..^1], $"{path}[{i}]")),
        (_, JsonObject map) when MapOf().Match(type) is { Success: true } of => map.SelectMany(p => Violations(p.Value, of.Groups["type"].Value, $"{path}.{p.Key}")),
        (_, JsonObject fields) when types.TryGetValue(type, out var known) =>
            fields.SelectMany(p => known.TryGetValue(p.Key, out var inner) ? Violations(p.Value, inner, $"{path}.{p.Key}") : [$"{path}.{p.Key}: {type} has no such field"]),
        ("string", JsonValue text) when text.GetValueKind() is JsonValueKind.String => [],
        ("number", JsonValue number) when number.GetValueKind() is JsonValueKind.Number => [],
        ("boolean", JsonValue flag) when flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => [],
        _ => [$"{path}: {value?.ToJsonString() ?? "null"} is no {type}"],
    };

    [GeneratedRegex(@"^(?<type>\w+)\.attributeTypeMap = (?<fields>\[.*?^\]);", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fields();

    [GeneratedRegex(@"^\{ \[key: string\]: (?<type>.+); \}$")]
    private static partial Regex MapOf();
}
