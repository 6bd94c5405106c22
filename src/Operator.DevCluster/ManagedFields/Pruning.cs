using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>Removes what a manager applied the last time and no longer does, unless somebody owns it.</summary>
internal static class Pruning
{
    /// <param name="json">The merged object.</param>
    /// <param name="last">The fields of the manager's last configuration.</param>
    /// <param name="owned">The fields of all managers, and of this one's new configuration.</param>
    public static void Prune(JsonNode json, JsonObject last, JsonObject? owned, FieldType type)
    {
        Dictionary<string, JsonNode?>? items = json is JsonArray list && type.Keys is not null ? Index(list, type) : null;
        foreach (var (element, below) in FieldSet.Children(last))
        {
            bool isField = element.StartsWith(FieldPath.FieldPrefix, StringComparison.Ordinal);
            var node = isField ? (json as JsonObject)?[element[2..]] : items?.GetValueOrDefault(element);
            if (node is null)
                continue;
            var owners = owned?[element] as JsonObject;
            // Where a field below is owned, so is the field above; an item of a list is owned only as such.
            bool wasOwned = isField || FieldSet.IsMember(below), isOwned = owners is not null && (isField || FieldSet.IsMember(owners));
            if (!wasOwned || isOwned)
            {
                Prune(node, below, owners, isField ? type.Member(element[2..]) : type.Item);
                if (node is not (JsonObject { Count: 0 } or JsonArray { Count: 0 }) || below.Count == 0)
                    continue;
            }
            Remove(json, element, node);
        }
    }

    private static void Remove(JsonNode json, string element, JsonNode node)
    {
        if (json is JsonObject map)
            map.Remove(element[2..]);
        else if (json is JsonArray list)
            list.Remove(node);
    }

    private static Dictionary<string, JsonNode?> Index(JsonArray list, FieldType type)
    {
        Dictionary<string, JsonNode?> items = [];
        foreach (var item in list)
            items.TryAdd(FieldPath.Item(type, item), item);
        return items;
    }
}
