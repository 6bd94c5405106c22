using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>Strategic merge patch: like a merge patch, but lists whose items have a key are merged by it, and directives say what else to do.</summary>
internal static class StrategicMergePatch
{
    public static JsonObject Apply(JsonObject document, JsonNode? patch, FieldType type)
    {
        if (patch is not JsonObject changes)
            throw new StatusException(ApiStatus.BadRequest("invalid JSON document"));
        return Map(document, changes.Clone(), type);
    }

    /// <param name="patch">Is used up.</param>
    public static JsonObject Map(JsonObject original, JsonObject patch, FieldType type)
    {
        if (patch.ContainsKey(PatchDirectives.Patch))
            return PatchDirectives.OfMap(patch);
        PatchDirectives.RetainKeys(original, patch);
        foreach (var (key, order) in patch.Where(m => m.Key.StartsWith(PatchDirectives.SetElementOrder, StringComparison.Ordinal)).ToList())
        {
            patch.Remove(key);
            Ordered(original, patch, key[PatchDirectives.SetElementOrder.Length..], order as JsonArray ?? throw PatchDirectives.BadOrder, type);
        }
        foreach (var (key, value) in patch.ToList())
        {
            patch.Remove(key);
            if (key.StartsWith(PatchDirectives.DeleteFromPrimitiveList, StringComparison.Ordinal))
                PatchDirectives.DeleteFrom(original[key[PatchDirectives.DeleteFromPrimitiveList.Length..]], value);
            else if (value is null)
                original.Remove(key);
            else
                Member(original, key, value, type.Member(key));
        }
        return original;
    }

    private static void Member(JsonObject original, string key, JsonNode value, FieldType type)
    {
        switch (original[key], value)
        {
            case (JsonObject map, JsonObject changes):
                if (Map(map, changes, type) is var merged && merged != map)
                    original[key] = merged;
                break;
            case (JsonArray list, JsonArray changes) when type.Keys is not null:
                original[key] = StrategicList.Merge(list, changes, type);
                break;
            default:
                PatchDirectives.Set(original, key, value);
                break;
        }
    }

    /// <summary>A list together with the order that its items shall have.</summary>
    private static void Ordered(JsonObject original, JsonObject patch, string key, JsonArray order, FieldType parent)
    {
        var type = parent.Member(key);
        if (patch.Remove(key, out var changes) && changes is not null)
            Member(original, key, changes, type);
        if (original[key] is JsonArray list && type.Keys is not null)
            original[key] = StrategicList.InOrder(list, order, list, type);
    }
}
