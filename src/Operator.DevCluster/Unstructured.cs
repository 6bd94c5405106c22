using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.DevCluster;

/// <summary>
/// What every Kubernetes object has, read from its JSON. An object that has been stored is frozen: it is shared
/// between readers, and whoever wants to change it clones it first.
/// </summary>
public static class Unstructured
{
    extension(JsonObject json)
    {
        public string ApiVersion => json.Text("apiVersion") ?? "";
        public string Kind => json.Text("kind") ?? "";
        public JsonObject? Metadata => json["metadata"] as JsonObject;
        public string Name => json.Metadata?.Text("name") ?? "";
        public string Namespace => json.Metadata?.Text("namespace") ?? "";
        public string Uid => json.Metadata?.Text("uid") ?? "";
        public string ResourceVersion => json.Metadata?.Text("resourceVersion") ?? "";
        public long Generation => json.Metadata?.Number("generation") ?? 0;
        public JsonObject? Labels => json.Metadata?["labels"] as JsonObject;
        public JsonObject? Annotations => json.Metadata?["annotations"] as JsonObject;
        public bool IsTerminating => json.Metadata?["deletionTimestamp"] is not null;
        public JsonArray? OwnerReferences => json.Metadata?["ownerReferences"] as JsonArray;

        public IEnumerable<string> Finalizers =>
            json.Metadata?["finalizers"] is JsonArray list ? list.Select(f => f?.GetValue<string>() ?? "") : [];

        /// <summary>The metadata, made when there is none.</summary>
        public JsonObject EnsureMetadata() => json.Ensure("metadata");

        /// <summary>The object under a key, made when there is none.</summary>
        public JsonObject Ensure(string key)
        {
            if (json[key] is JsonObject present)
                return present;
            JsonObject made = [];
            json[key] = made;
            return made;
        }

        /// <summary>Sets a value where there is none, as API defaulting does.</summary>
        public void Default(string key, JsonNode value)
        {
            if (json[key] is null)
                json[key] = value;
        }

        /// <summary>Copies a member from another object, or removes it where that one has none.</summary>
        public void Take(string key, JsonObject? from)
        {
            if (from?[key] is { } value)
                json[key] = value.DeepClone();
            else
                json.Remove(key);
        }

        public string? Text(string key) =>
            json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

        public long? Number(string key) => json.NumberAt(key);

        /// <summary>The whole number at a path. One that was set by code may be an int, one that was read is what it is asked for.</summary>
        public long? NumberAt(params ReadOnlySpan<string> path) =>
            json.At(path) is not JsonValue value ? null
            : value.TryGetValue(out long number) ? number
            : value.TryGetValue(out int small) ? small
            : null;

        public bool Flag(string key) => json[key] is JsonValue value && value.TryGetValue(out bool flag) && flag;

        /// <summary>The node at a path of member names, or null.</summary>
        public JsonNode? At(params ReadOnlySpan<string> path)
        {
            JsonNode? node = json;
            foreach (string key in path)
                node = (node as JsonObject)?[key];
            return node;
        }

        /// <summary>The value at a path as Kubernetes would print it, or an empty string.</summary>
        public string TextAt(params ReadOnlySpan<string> path) => json.At(path)?.ToString() ?? "";

        public IEnumerable<JsonObject> Items(params ReadOnlySpan<string> path) =>
            json.At(path) is JsonArray items ? items.OfType<JsonObject>() : [];

        /// <summary>Removes what is null: in the builtin types null and absent are the same.</summary>
        public void DropNulls() => DropNulls((JsonNode)json);

        public JsonObject Clone() => (JsonObject)json.DeepClone();
    }

    private static void DropNulls(JsonNode node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list.OfType<JsonNode>())
                DropNulls(item);
        }
        if (node is not JsonObject map)
            return;
        List<string>? empty = null;
        foreach (var (key, value) in map)
        {
            if (value is null)
                (empty ??= []).Add(key);
            else
                DropNulls(value);
        }
        foreach (string key in empty ?? [])
            map.Remove(key);
    }

    /// <summary>metav1.Time: whole seconds.</summary>
    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset? ParseTimestamp(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
