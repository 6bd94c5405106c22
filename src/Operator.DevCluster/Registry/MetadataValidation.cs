using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Registry;

/// <summary>What holds for the metadata of every object.</summary>
internal static partial class MetadataValidation
{
    private const int LongestName = 253;
    private const int LargestAnnotations = 256 * 1024;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")]
    private static partial Regex KeyName();

    /// <summary>Refuses metadata of the wrong JSON types, which a kube-apiserver fails to decode.</summary>
    public static void RequireTypes(JsonObject json)
    {
        if (json["metadata"] is not (null or JsonObject))
            throw Undecodable("metadata", "an object");
        foreach (string map in (string[])["labels", "annotations"])
        {
            if (json.Metadata?[map] is { } node && (node is not JsonObject entries || entries.Any(e => e.Value is not null && !IsText(e.Value))))
                throw Undecodable($"metadata.{map}", "a map of strings");
        }
        if (json.Metadata?["finalizers"] is { } finalizers && (finalizers is not JsonArray list || !list.All(IsText)))
            throw Undecodable("metadata.finalizers", "a list of strings");
        if (json.Metadata?["ownerReferences"] is { } owners && (owners is not JsonArray references || !references.All(r => r is JsonObject)))
            throw Undecodable("metadata.ownerReferences", "a list of objects");
        foreach (string text in (string[])["name", "namespace", "uid", "resourceVersion", "generateName"])
        {
            if (json.Metadata?[text] is { } node && !IsText(node))
                throw Undecodable($"metadata.{text}", "a string");
        }
    }

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == System.Text.Json.JsonValueKind.String;

    private static StatusException Undecodable(string field, string type) =>
        new(ApiStatus.BadRequest($"the object provided cannot be decoded: {field} is not {type}"));

    public static IEnumerable<StatusCause> Validate(JsonObject json) =>
        [.. ValidateName(json), .. ValidateLabels(json), .. ValidateAnnotations(json)];

    public static IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        foreach (string key in (string[])["name", "namespace", "uid"])
        {
            if (json.Metadata?.Text(key) is var value && value != old.Metadata?.Text(key))
                yield return StatusCause.Invalid($"metadata.{key}", Quote(value), "field is immutable");
        }
        if (old.IsTerminating && json.Finalizers.Except(old.Finalizers).ToList() is { Count: > 0 } added)
        {
            string list = string.Join(", ", added.Select(Quote));
            yield return StatusCause.Forbidden(
                "metadata.finalizers",
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}");
        }
    }

    private static IEnumerable<StatusCause> ValidateName(JsonObject json)
    {
        if (json.Name.Length == 0)
            yield return StatusCause.Required("metadata.name", "name or generateName is required");
        // Roles and bindings have colons in their names: whatever can stand in a path will do.
        else if (json.ApiVersion.StartsWith($"{Authorization.RoleIndex.Group}/", StringComparison.Ordinal))
        {
            if (json.Name is "." or ".." || json.Name.Contains('/') || json.Name.Contains('%'))
                yield return StatusCause.Invalid("metadata.name", Quote(json.Name), json.Name is "." or ".." ? $"may not be '{json.Name}'" : "may not contain '/' or '%'");
        }
        else if (json.Name.Length > LongestName)
            yield return StatusCause.Invalid("metadata.name", Quote(json.Name), $"must be no more than {LongestName} bytes");
        else if (!Subdomain().IsMatch(json.Name))
        {
            yield return StatusCause.Invalid(
                "metadata.name", Quote(json.Name),
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
                "alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
        }
    }

    private static IEnumerable<StatusCause> ValidateLabels(JsonObject json)
    {
        foreach (var (key, node) in json.Labels ?? [])
        {
            if (!IsQualifiedName(key))
                yield return StatusCause.Invalid("metadata.labels", Quote(key), "name part must consist of alphanumeric characters, '-', '_' or '.'");
            string value = node?.ToString() ?? "";
            if (value.Length > 63)
                yield return StatusCause.Invalid("metadata.labels", Quote(value), "must be no more than 63 bytes");
            else if (!LabelValue().IsMatch(value))
            {
                yield return StatusCause.Invalid(
                    "metadata.labels", Quote(value),
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
                    "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
            }
        }
    }

    private static IEnumerable<StatusCause> ValidateAnnotations(JsonObject json)
    {
        long size = 0;
        foreach (var (key, node) in json.Annotations ?? [])
        {
            size += key.Length + (node?.ToString().Length ?? 0);
            if (!IsQualifiedName(key))
                yield return StatusCause.Invalid("metadata.annotations", Quote(key), "name part must consist of alphanumeric characters, '-', '_' or '.'");
        }
        if (size > LargestAnnotations)
            yield return new("FieldValueTooLong", $"Too long: may not be more than {LargestAnnotations} bytes", "metadata.annotations");
    }

    private static bool IsQualifiedName(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        string name = key[(slash + 1)..];
        return name.Length <= 63 && KeyName().IsMatch(name)
            && (slash < 0 || (slash is > 0 and <= LongestName && Subdomain().IsMatch(key[..slash].ToLowerInvariant())));
    }

    private static string Quote(string? text) => $"\"{text}\"";
}
