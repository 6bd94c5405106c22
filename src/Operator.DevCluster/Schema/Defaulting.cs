using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>Fills in defaults, and removes null where it may not stand (defaulting of apiextensions-apiserver).</summary>
internal static class Defaulting
{
    public static void Apply(JsonNode? node, StructuralSchema schema)
    {
        switch (node)
        {
            case JsonObject json:
                Object(json, schema);
                break;
            case JsonArray list when schema.Items is { } items:
                for (int i = 0; i < list.Count; i++)
                {
                    if (list[i] is null && Replaces(items))
                        list[i] = items.Default!.DeepClone();
                    Apply(list[i], items);
                }
                break;
        }
    }

    private static void Object(JsonObject json, StructuralSchema schema)
    {
        List<string>? nulls = null;
        foreach (var (key, value) in json)
        {
            if (value is null)
                (nulls ??= []).Add(key);
        }
        foreach (string key in nulls ?? [])
            Null(json, key, schema.Member(key));
        foreach (var (key, property) in schema.Properties)
        {
            if (property.Default is not null && !json.ContainsKey(key))
                json[key] = property.Default.DeepClone();
        }
        foreach (var (key, value) in json)
        {
            if (value is JsonObject or JsonArray && schema.Member(key) is { } member)
                Apply(value, member);
        }
    }

    private static void Null(JsonObject json, string key, StructuralSchema? member)
    {
        if (member is null or { Nullable: true })
            return;
        if (member.Default is null)
            json.Remove(key);
        else
            json[key] = member.Default.DeepClone();
    }

    private static bool Replaces(StructuralSchema items) => items is { Nullable: false, Default: not null };
}
