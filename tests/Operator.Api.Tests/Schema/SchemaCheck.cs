using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Api.Tests.Schema;

/// <summary>What an API server would say of a value, as far as a schema without CEL and formats can tell. Unknown fields are refused, as kubectl asks for.</summary>
internal static class SchemaCheck
{
    public static IReadOnlyList<string> Errors(JsonObject schema, JsonNode? value, string path = "") =>
        [.. IsIntOrString(schema) ? IntOrString(schema, value, path) : Typed(schema, value, path)];

    private static bool IsIntOrString(JsonObject schema) => (bool?)schema["x-kubernetes-int-or-string"] is true;

    private static IEnumerable<string> IntOrString(JsonObject schema, JsonNode? value, string path) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => Number(schema, value, path),
        JsonValueKind.String => Text(schema, (string)value!, path),
        _ => [$"{path}: neither a number nor a string"],
    };

    private static IEnumerable<string> Typed(JsonObject schema, JsonNode? value, string path) => ((string?)schema["type"], value) switch
    {
        ("object", JsonObject map) => Object(schema, map, path),
        ("array", JsonArray list) => List(schema, list, path),
        ("string", JsonValue text) when text.GetValueKind() == JsonValueKind.String => Text(schema, (string)text!, path),
        ("integer", JsonValue number) when number.GetValueKind() == JsonValueKind.Number => Number(schema, number, path),
        ("boolean", JsonValue truth) when truth.GetValueKind() is JsonValueKind.True or JsonValueKind.False => [],
        var (type, _) => [$"{path}: not of type {type}"],
    };

    private static IEnumerable<string> Object(JsonObject schema, JsonObject map, string path)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!map.ContainsKey((string)name!))
                yield return $"{path}.{name}: required";
        }
        foreach (var error in Between(schema, "minProperties", "maxProperties", map.Count, path))
            yield return error;
        // A schema of metadata alone leaves its fields to the API server.
        if (schema["properties"] is null && schema["additionalProperties"] is null)
            yield break;
        foreach (var (name, value) in map)
        {
            if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is not JsonObject inner)
            {
                yield return $"{path}.{name}: unknown field";
                continue;
            }
            foreach (var error in Errors(inner, value, $"{path}.{name}"))
                yield return error;
        }
    }

    private static IEnumerable<string> List(JsonObject schema, JsonArray list, string path)
    {
        var errors = Between(schema, "minItems", "maxItems", list.Count, path)
            .Concat(list.SelectMany((item, i) => Errors(schema["items"]!.AsObject(), item, $"{path}[{i}]")));
        var keys = (string?)schema["x-kubernetes-list-type"] switch
        {
            "set" => list.Select(i => i!.ToJsonString()),
            "map" => list.Select(i => string.Join('/', schema["x-kubernetes-list-map-keys"]!.AsArray().Select(k => i![(string)k!]?.ToJsonString()))),
            _ => [],
        };
        return errors.Concat(keys.GroupBy(k => k).Where(g => g.Count() > 1).Select(g => $"{path}: {g.Key} stands there twice"));
    }

    private static IEnumerable<string> Text(JsonObject schema, string text, string path)
    {
        foreach (var error in Between(schema, "minLength", "maxLength", text.Length, path))
            yield return error;
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern))
            yield return $"{path}: '{text}' does not match {pattern}";
        if (schema["enum"] is JsonArray values && !values.Any(v => (string?)v == text))
            yield return $"{path}: '{text}' is none of {values.ToJsonString()}";
    }

    private static IEnumerable<string> Number(JsonObject schema, JsonNode number, string path) =>
        Between(schema, "minimum", "maximum", number.GetValue<long>(), path);

    private static IEnumerable<string> Between(JsonObject schema, string least, string most, long value, string path)
    {
        if ((long?)schema[least] is { } minimum && value < minimum)
            yield return $"{path}: {value} is below {least} {minimum}";
        if ((long?)schema[most] is { } maximum && value > maximum)
            yield return $"{path}: {value} is above {most} {maximum}";
    }
}
