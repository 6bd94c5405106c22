using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>What holds for the keywords of every schema node, wherever it stands.</summary>
internal static class KeywordRules
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];
    private static readonly string[] Unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

    public static IEnumerable<StatusCause> Check(JsonObject node, string path) =>
        [.. Keywords(node, path), .. Lists(node, path), .. Children(node, path).SelectMany(c => Check(c.Node, c.Path))];

    /// <summary>The schemas directly below one.</summary>
    public static IEnumerable<(JsonObject Node, string Path)> Children(JsonObject node, string path)
    {
        foreach (string list in (string[])["allOf", "anyOf", "oneOf"])
        {
            foreach (var (i, branch) in node.Items(list).Index())
                yield return (branch, $"{path}.{list}[{i}]");
        }
        foreach (string single in (string[])["not", "items", "additionalProperties"])
        {
            if (node[single] is JsonObject child)
                yield return (child, $"{path}.{single}");
        }
        foreach (var (key, child) in node["properties"] as JsonObject ?? [])
            yield return ((JsonObject)child!, $"{path}.properties[{key}]");
    }

    private static IEnumerable<StatusCause> Keywords(JsonObject node, string path)
    {
        if (node.Text("type") is { Length: > 0 } type && !Types.Contains(type))
            yield return NotSupported($"{path}.type", type, Types);
        foreach (string keyword in Unsupported.Where(k => node[k] is not null))
            yield return StatusCause.Forbidden($"{path}.{keyword}", $"{keyword} is not supported");
        if (node.Flag("uniqueItems"))
            yield return StatusCause.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (node["additionalProperties"] is { } additional && node["properties"] is JsonObject { Count: > 0 } && (additional is JsonObject || !node.Flag("additionalProperties")))
            yield return StatusCause.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        if (node["x-kubernetes-preserve-unknown-fields"] is not null && !node.Flag("x-kubernetes-preserve-unknown-fields"))
            yield return StatusCause.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined");
        if (node.Text("pattern") is { Length: > 0 } pattern && Re2Pattern.Parse(pattern).Error is { } error)
            yield return StatusCause.Invalid($"{path}.pattern", FieldValue.Of(pattern), $"must be a valid regular expression, but isn't: {error}");
        if (node.Text("type") is null or "string" && node.Text("format") is { } format && Formats.IsMissing(format))
            yield return StatusCause.Invalid($"{path}.format", FieldValue.Of(format), "is not validated by the embedded cluster");
    }

    private static IEnumerable<StatusCause> Lists(JsonObject node, string path)
    {
        string? type = node.Text("x-kubernetes-list-type");
        var keys = node["x-kubernetes-list-map-keys"] as JsonArray ?? [];
        if (type is null)
        {
            if (keys.Count > 0)
                yield return StatusCause.Required($"{path}.x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty");
            yield break;
        }
        if (type is not ("atomic" or "set" or "map"))
            yield return NotSupported($"{path}.x-kubernetes-list-type", type, ["atomic", "set", "map"]);
        if (node.Text("type") != "array")
            yield return StatusCause.Invalid($"{path}.type", FieldValue.Of(node.Text("type") ?? ""), "must be array if x-kubernetes-list-type is specified");
        if (type is "set" or "map" && node.At("items", "nullable") is JsonValue nullable && nullable.GetValue<bool>())
            yield return StatusCause.Forbidden($"{path}.items.nullable", $"cannot be nullable when x-kubernetes-list-type is {type}");
        if (type == "set" && node.At("items", "type")?.ToString() == "object" && node.At("items", "x-kubernetes-map-type")?.ToString() != "atomic")
            yield return StatusCause.Invalid($"{path}.items.x-kubernetes-map-type", "null", "must be atomic as item of a list with x-kubernetes-list-type=set");
        if (type != "map" && keys.Count > 0)
            yield return StatusCause.Invalid($"{path}.x-kubernetes-list-type", FieldValue.Of(type), "must be map if x-kubernetes-list-map-keys is non-empty");
        if (type == "map" && keys.Count == 0)
            yield return StatusCause.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        foreach (var cause in type == "map" ? keys.SelectMany(k => Key(node, keys, k!.ToString(), path)) : [])
            yield return cause;
    }

    private static IEnumerable<StatusCause> Key(JsonObject node, JsonArray keys, string key, string path)
    {
        if (node.At("items", "properties", key) is not JsonObject property)
        {
            yield return StatusCause.Invalid($"{path}.x-kubernetes-list-map-keys", FieldValue.Of(keys), "entries must all be names of item properties");
            yield break;
        }
        string at = $"{path}.items.properties[{key}]";
        if (property.Text("type") is "array" or "object")
            yield return StatusCause.Invalid($"{at}.type", "\"object\"", "must be a scalar type if parent array's x-kubernetes-list-type is map");
        bool required = node.At("items", "required") is JsonArray list && list.Any(r => r?.ToString() == key);
        if (!required && property["default"] is null)
            yield return StatusCause.Required($"{at}.default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
        if (property.Flag("nullable"))
            yield return StatusCause.Forbidden($"{at}.nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
    }

    private static StatusCause NotSupported(string field, string value, string[] supported) =>
        new("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}", field);
}
