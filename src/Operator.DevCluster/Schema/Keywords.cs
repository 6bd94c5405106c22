using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>The keywords of one schema node, read by type.</summary>
internal sealed class Keywords(JsonObject json, string path)
{
    public JsonObject Json => json;

    public string Text(string key) => json[key] switch
    {
        null => "",
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw Wrong($"{path}.{key}", "a string"),
    };

    public bool Flag(string key) => json[key]?.GetValueKind() switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw Wrong($"{path}.{key}", "a boolean"),
    };

    public double? Number(string key) => json[key] is not { } node ? null
        : JsonKind.Of(node) is "integer" or "number" ? JsonKind.Double(node)
        : throw Wrong($"{path}.{key}", "a number");

    public long? Whole(string key) => json[key] is not { } node ? null : JsonKind.Whole(node) ?? throw Wrong($"{path}.{key}", "a whole number");

    public IReadOnlyList<JsonNode?> List(string key) => json[key] switch
    {
        null => [],
        JsonArray list => [.. list],
        _ => throw Wrong($"{path}.{key}", "a list"),
    };

    public IReadOnlyList<string> Texts(string key) =>
        [.. List(key).Select(item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong($"{path}.{key}", "a list of strings"))];

    public StructuralSchema? Schema(string key) => json[key] is { } node ? SchemaReader.Read(node, $"{path}.{key}") : null;

    public IReadOnlyList<StructuralSchema> SchemaList(string key) => [.. List(key).Select((node, i) => SchemaReader.Read(node, $"{path}.{key}[{i}]"))];

    public IEnumerable<KeyValuePair<string, StructuralSchema>> Schemas(string key) => json[key] switch
    {
        null => [],
        JsonObject map => map.Select(m => KeyValuePair.Create(m.Key, SchemaReader.Read(m.Value, $"{path}.{key}[{m.Key}]"))),
        _ => throw Wrong($"{path}.{key}", "a map of schemas"),
    };

    public static FormatException Wrong(string path, string type) => new($"{path} must be {type}");
}
