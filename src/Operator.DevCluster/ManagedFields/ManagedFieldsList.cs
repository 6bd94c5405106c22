using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary><c>metadata.managedFields</c> of one object while it is written.</summary>
internal sealed class ManagedFieldsList(IEnumerable<JsonObject> entries)
{
    private readonly List<JsonObject> entries = [.. entries];

    public IReadOnlyList<JsonObject> Entries => entries;

    /// <summary>Takes the list out of an object.</summary>
    /// <returns>Null if it has none, or one that cannot be read.</returns>
    public static ManagedFieldsList? TakeFrom(JsonObject json)
    {
        if (json.Metadata is not { } metadata || !metadata.Remove("managedFields", out var node) || node is not JsonArray list)
            return null;
        var entries = list.ToList();
        list.Clear();
        // An empty list, or an empty entry, resets: whoever sends it wants nothing to be tracked.
        if (entries is [] or [JsonObject { Count: 0 }])
            return new([]);
        return entries.TrueForAll(IsReadable) ? new(entries.OfType<JsonObject>()) : null;
    }

    public void WriteTo(JsonObject json)
    {
        entries.RemoveAll(e => Fields(e).Count == 0);
        if (entries.Count > 0)
            json.EnsureMetadata()["managedFields"] = new JsonArray([.. entries.Order(Comparer<JsonObject>.Create(Compare))]);
    }

    public JsonObject? Find(FieldManager manager) => entries.Find(manager.Is);

    public IEnumerable<JsonObject> Except(FieldManager manager) => entries.Where(e => !manager.Is(e));

    public static JsonObject Fields(JsonObject entry) => (JsonObject)entry["fieldsV1"]!;

    public void Set(FieldManager manager, JsonObject fields, string? time)
    {
        entries.RemoveAll(manager.Is);
        entries.Add(manager.Entry(fields, time));
    }

    /// <summary>The fields of everybody.</summary>
    public JsonObject Union()
    {
        JsonObject all = [];
        foreach (var entry in entries)
            FieldSet.Add(all, Fields(entry));
        return all;
    }

    private static bool IsReadable(JsonNode? node) => node is JsonObject entry
        && entry.Text("operation") is FieldManager.Apply or FieldManager.Update
        && entry.Text("apiVersion") is { Length: > 0 } && entry.Text("fieldsType") == "FieldsV1" && entry["fieldsV1"] is JsonObject;

    private static int Compare(JsonObject left, JsonObject right)
    {
        foreach (string key in (string[])["operation", "time", "manager", "apiVersion", "subresource"])
        {
            if (string.CompareOrdinal(left.Text(key), right.Text(key)) is var order and not 0)
                return order;
        }
        return 0;
    }
}
