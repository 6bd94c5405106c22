using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.ManagedFields;

/// <summary>The elements of field paths as fieldsV1 writes them: <c>f:name</c>, <c>k:{"name":"main"}</c>, <c>v:"value"</c>.</summary>
internal static class FieldPath
{
    public const string FieldPrefix = "f:";

    public static string Field(string name) => FieldPrefix + name;

    /// <summary>The element of an item of a list that is a set or has keys.</summary>
    public static string Item(FieldType list, JsonNode? item) => list.Keys is { Count: > 0 } keys ? "k:" + Key(keys, item) : "v:" + Json(item);

    /// <summary>An element as messages show it: <c>.name</c>, <c>[name="main"]</c>, <c>[="value"]</c>.</summary>
    public static string Text(string element) => element[..2] switch
    {
        FieldPrefix => "." + element[2..],
        "v:" => $"[={element[2..]}]",
        "k:" when JsonNode.Parse(element[2..]) is JsonObject keys => $"[{string.Join(",", keys.Select(k => $"{k.Key}={Json(k.Value)}"))}]",
        _ => $"[{element[2..]}]",
    };

    private static string Key(IReadOnlyList<ListKey> keys, JsonNode? item)
    {
        if (item is not JsonObject map)
            throw Untyped("associative list with keys may not have non-map elements");
        JsonObject values = [];
        foreach (var key in keys.OrderBy(k => k.Name, StringComparer.Ordinal))
        {
            if ((map[key.Name] ?? key.Default) is { } value)
                values[key.Name] = value.DeepClone();
        }
        return values.Count > 0
            ? Json(values)
            : throw Untyped(
                $"associative list with keys has an element that omits all key fields [{string.Join(' ', keys.Select(k => $"\"{k.Name}\""))}] " +
                "(and doesn't have default values for any key fields)");
    }

    private static string Json(JsonNode? node) => node?.ToJsonString(JsonText.Options) ?? "null";

    private static StatusException Untyped(string why) => new(ApiStatus.InternalError($"failed to create typed object: {why}"));
}
