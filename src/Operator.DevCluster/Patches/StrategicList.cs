using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>Lists of a strategic merge patch. Their items have one key alone, the first; those of a set are their own.</summary>
internal static class StrategicList
{
    public static JsonArray Merge(JsonArray original, JsonArray patch, FieldType type)
    {
        List<JsonNode?> live = [.. original], merged = [.. original];
        original.Clear();
        List<JsonNode?> changes = [.. patch];
        patch.Clear();
        if (changes.RemoveAll(c => Directive(c) == "replace") > 0)
        {
            changes.RemoveAll(c => Directive(c) is not null);
            return new([.. changes]);
        }
        foreach (var deleted in changes.Where(c => Directive(c) is not null).ToList())
        {
            if (Directive(deleted) is not "delete" and var unknown)
                throw new StatusException(ApiStatus.InternalError($"unknown patch type: {unknown}"));
            changes.Remove(deleted);
            merged.RemoveAll(m => Same(m, deleted, type));
        }
        foreach (var change in changes)
        {
            int index = merged.FindIndex(m => Same(m, change, type));
            if (index < 0)
                merged.Add(PatchDirectives.Stripped(change));
            else if (merged[index] is JsonObject item && change is JsonObject map)
                merged[index] = StrategicMergePatch.Map(item, map.Clone(), type.Item);
        }
        return Sorted(merged, changes, live, type);
    }

    public static JsonArray InOrder(JsonArray list, JsonArray order, JsonArray live, FieldType type)
    {
        List<JsonNode?> items = [.. list], server = [.. live];
        list.Clear();
        return Sorted(items, [.. order], server, type);
    }

    /// <summary>Items that the patch names stand in its order; the others keep their places between them as far as that goes.</summary>
    private static JsonArray Sorted(List<JsonNode?> items, List<JsonNode?> order, List<JsonNode?> live, FieldType type)
    {
        var named = items.Where(i => Index(order, i, type) >= 0).OrderBy(i => Index(order, i, type)).ToList();
        var others = items.Where(i => Index(order, i, type) < 0).OrderBy(i => Index(live, i, type)).ToList();
        JsonArray sorted = [];
        int next = 0;
        foreach (var item in named)
        {
            int place = Index(live, item, type);
            for (; next < others.Count && place >= 0 && Index(live, others[next], type) is >= 0 and var before && before < place; next++)
                sorted.Add(others[next]);
            sorted.Add(item);
        }
        foreach (var item in others[next..])
            sorted.Add(item);
        return sorted;
    }

    private static int Index(List<JsonNode?> items, JsonNode? item, FieldType type) => items.FindIndex(i => Same(i, item, type));

    private static bool Same(JsonNode? left, JsonNode? right, FieldType type) => JsonNode.DeepEquals(Key(left, type), Key(right, type));

    private static JsonNode? Key(JsonNode? item, FieldType type) => type.Keys is not [var key, ..] ? item : item is JsonObject map
        ? map[key.Name] ?? throw new StatusException(ApiStatus.InternalError($"map: {map.ToJsonString(JsonText.Options)} does not contain declared merge key: {key.Name}"))
        : throw new StatusException(ApiStatus.InternalError($"expected a map with the key {key.Name}"));

    private static string? Directive(JsonNode? item) => (item as JsonObject)?.Text(PatchDirectives.Patch);
}
