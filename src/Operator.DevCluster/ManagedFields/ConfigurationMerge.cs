using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.ManagedFields;

/// <summary>Lays a configuration over a live object: maps and keyed lists are merged, everything else is replaced. Nothing is removed.</summary>
internal static class ConfigurationMerge
{
    public static void Into(JsonObject live, JsonObject configuration, FieldType type)
    {
        foreach (var (name, value) in configuration)
            live[name] = Merge(live[name], value, type.Member(name));
    }

    private static JsonNode? Merge(JsonNode? live, JsonNode? configured, FieldType type)
    {
        switch (live, configured)
        {
            case (JsonObject map, JsonObject { Count: > 0 } changes) when !type.IsAtomic:
                Into(map, changes, type);
                return map;
            case (JsonObject map, JsonObject) when !type.IsAtomic:
                return map;
            case (JsonArray or null, JsonArray changes) when type.Keys is not null:
                return Items(live as JsonArray ?? [], changes, type);
            default:
                return configured?.DeepClone();
        }
    }

    /// <summary>The items of the configuration in its order, the others where they stood between them.</summary>
    private static JsonArray Items(JsonArray live, JsonArray configured, FieldType type)
    {
        var left = live.Select(item => (Element: FieldPath.Item(type, item), Item: item)).ToList();
        var right = configured.Select(item => (Element: FieldPath.Item(type, item), Item: item)).ToList();
        Dictionary<string, JsonNode?> present = [];
        foreach (var (element, item) in left)
            present.TryAdd(element, item);
        HashSet<string> wanted = [];
        foreach (var (element, _) in right)
        {
            if (!wanted.Add(element))
                throw new StatusException(ApiStatus.InternalError($"failed to create typed patch object: duplicate entries for key {FieldPath.Text(element)}"));
        }
        live.Clear();
        JsonArray merged = [];
        int next = 0;
        for (int index = 0; index < right.Count; index++)
        {
            string? shared = right[index..].Find(r => present.ContainsKey(r.Element)).Element;
            Keep(shared);
            if (shared == right[index].Element && next < left.Count)
                next++;
            merged.Add(Merge(present.GetValueOrDefault(right[index].Element), right[index].Item, type.Item));
        }
        Keep(null);
        return merged;

        // What stands before the next item that both have, and is not placed by the configuration.
        void Keep(string? shared)
        {
            for (; next < left.Count && left[next].Element != shared; next++)
            {
                if (!wanted.Contains(left[next].Element))
                    merged.Add(left[next].Item);
            }
        }
    }
}
