using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>Removes the fields that a schema does not know, and names them (pruning of apiextensions-apiserver).</summary>
internal static class Pruning
{
    private static readonly HashSet<string> MetadataFields =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    /// <returns>The paths of what was removed, in order.</returns>
    public static IReadOnlyList<string> Prune(JsonObject root, StructuralSchema schema)
    {
        List<string> unknown = [];
        Object(root, schema, isResource: true, "", unknown);
        unknown.Sort(StringComparer.Ordinal);
        return unknown;
    }

    private static void Node(JsonNode? node, StructuralSchema? schema, string path, List<string> unknown)
    {
        if (node is JsonObject json && schema is null)
            Keep(json, [], path, unknown);
        else if (node is JsonObject known)
            Object(known, schema!, schema!.IsEmbeddedResource, path, unknown);
        else if (node is JsonArray list)
            List(list, schema, path, unknown);
    }

    private static void Object(JsonObject json, StructuralSchema schema, bool isResource, string path, List<string> unknown)
    {
        List<string>? removed = null;
        foreach (var (key, value) in json)
        {
            if (isResource && key == "metadata" && value is JsonObject metadata)
                Keep(metadata, MetadataFields, Join(path, key), unknown);
            if (isResource && key is "apiVersion" or "kind" or "metadata")
                continue;
            if (schema.Properties.TryGetValue(key, out var property))
                Node(value, property, Join(path, key), unknown);
            else if (schema.Additional is { } additional)
                Node(value, additional.Schema, Join(path, key), unknown);
            else if (!schema.PreservesUnknownFields)
                (removed ??= []).Add(key);
        }
        Remove(json, removed, path, unknown);
    }

    private static void List(JsonArray list, StructuralSchema? schema, string path, List<string> unknown)
    {
        // What may be anything, and does not say what its items are, keeps them whole.
        if (schema is { PreservesUnknownFields: true, Items: null })
            return;
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject or JsonArray)
                Node(list[i], schema?.Items, $"{path}[{i}]", unknown);
        }
    }

    private static void Keep(JsonObject json, HashSet<string> fields, string path, List<string> unknown) =>
        Remove(json, [.. json.Select(m => m.Key).Where(k => !fields.Contains(k))], path, unknown);

    private static void Remove(JsonObject json, List<string>? keys, string path, List<string> unknown)
    {
        foreach (string key in keys ?? [])
        {
            json.Remove(key);
            unknown.Add(Join(path, key));
        }
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
