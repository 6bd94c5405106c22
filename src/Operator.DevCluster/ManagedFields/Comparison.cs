using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>Which fields differ between two versions of an object.</summary>
internal sealed class Comparison
{
    private readonly List<string> path = [];

    private Comparison()
    {
    }

    /// <summary>What was added or has another value.</summary>
    public JsonObject Changed { get; } = [];

    public JsonObject Removed { get; } = [];

    public bool IsEmpty => Changed.Count == 0 && Removed.Count == 0;

    public static Comparison Of(JsonObject before, JsonObject after, FieldType type)
    {
        Comparison comparison = new();
        comparison.Members(before, after, type);
        return comparison;
    }

    /// <summary>Two nodes that differ.</summary>
    private void Compare(JsonNode? before, JsonNode? after, FieldType type)
    {
        switch (before, after)
        {
            case (JsonObject or null, JsonObject or null) when !type.IsAtomic && (before is JsonObject { Count: > 0 } || after is JsonObject { Count: > 0 }):
                Members((JsonObject?)before ?? [], (JsonObject?)after ?? [], type);
                break;
            case (JsonArray or null, JsonArray or null) when type.Keys is not null && (before is JsonArray { Count: > 0 } || after is JsonArray { Count: > 0 }):
                Items((JsonArray?)before ?? [], (JsonArray?)after ?? [], type);
                break;
            default:
                FieldSet.Insert(after is null ? Removed : Changed, path);
                return;
        }
        if (after is null)
            FieldSet.Insert(Removed, path);
        else if (before is null && !type.IsAlwaysThere)
            FieldSet.Insert(Changed, path);
    }

    private void Members(JsonObject before, JsonObject after, FieldType type)
    {
        foreach (var (name, value) in after)
            Member(name, before[name], value, type);
        foreach (var (name, value) in before)
        {
            if (!after.ContainsKey(name))
                Member(name, value, null, type);
        }
    }

    private void Member(string name, JsonNode? before, JsonNode? after, FieldType type)
    {
        // Most of an object stays as it is, and equality is cheap to see: no path is made for what is equal.
        if (!Unowned.Includes(path, name) && !JsonNode.DeepEquals(before, after))
            Descend(FieldPath.Field(name), before, after, type.Member(name));
    }

    private void Items(JsonArray before, JsonArray after, FieldType type)
    {
        Dictionary<string, JsonNode?> old = [];
        foreach (var item in before)
            old.TryAdd(FieldPath.Item(type, item), item);
        HashSet<string> seen = [];
        foreach (var item in after)
        {
            string element = FieldPath.Item(type, item);
            if (seen.Add(element) && (!old.TryGetValue(element, out var same) || !JsonNode.DeepEquals(same, item)))
                Descend(element, same, item, type.Item);
        }
        foreach (var (element, item) in old)
        {
            if (!seen.Contains(element))
                Descend(element, item, null, type.Item);
        }
    }

    private void Descend(string element, JsonNode? before, JsonNode? after, FieldType type)
    {
        path.Add(element);
        Compare(before, after, type);
        path.RemoveAt(path.Count - 1);
    }
}
