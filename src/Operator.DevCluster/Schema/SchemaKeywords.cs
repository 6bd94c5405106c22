using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>The keywords that a schema in a definition may have (JSONSchemaProps); others are dropped like any unknown field.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Known =
    [
        "id", "$schema", "$ref", "description", "type", "format", "title", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "enum", "maxProperties", "minProperties", "required",
        "items", "allOf", "oneOf", "anyOf", "not", "properties", "additionalProperties", "patternProperties", "dependencies", "additionalItems",
        "definitions", "externalDocs", "example", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations",
    ];

    /// <returns>The paths of what was dropped.</returns>
    public static IEnumerable<string> Prune(JsonObject schema, string path)
    {
        List<string> unknown = [.. schema.Select(m => m.Key).Where(k => !Known.Contains(k))];
        foreach (string key in unknown)
            schema.Remove(key);
        return [.. unknown.Select(k => $"{path}.{k}"), .. Children(schema, path).SelectMany(c => Prune(c.Schema, c.Path))];
    }

    private static IEnumerable<(JsonObject Schema, string Path)> Children(JsonObject schema, string path)
    {
        foreach (var (key, node) in schema)
        {
            if (key is "not" or "items" or "additionalProperties" && node is JsonObject child)
                yield return (child, $"{path}.{key}");
            else if (key is "allOf" or "anyOf" or "oneOf" && node is JsonArray list)
            {
                foreach (var (i, branch) in list.Index())
                {
                    if (branch is JsonObject json)
                        yield return (json, $"{path}.{key}[{i}]");
                }
            }
            else if (key == "properties" && node is JsonObject properties)
            {
                foreach (var (name, property) in properties)
                {
                    if (property is JsonObject json)
                        yield return (json, $"{path}.properties.{name}");
                }
            }
        }
    }
}
