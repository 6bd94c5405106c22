using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>The fields that a configuration sets, all of which its manager will own.</summary>
internal sealed class Configuration
{
    private readonly List<string> path = [];
    private readonly JsonObject fields = [];

    private Configuration()
    {
    }

    public static JsonObject Fields(JsonObject configuration, FieldType type)
    {
        Configuration walk = new();
        walk.Members(configuration, type);
        return walk.fields;
    }

    private void Visit(JsonNode? node, FieldType type)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map when !type.IsAtomic:
                Members(map, type);
                break;
            case JsonArray list when type.Keys is not null:
                foreach (var item in list)
                {
                    path.Add(FieldPath.Item(type, item));
                    Visit(item, type.Item);
                    FieldSet.Insert(fields, path);
                    path.RemoveAt(path.Count - 1);
                }
                break;
            default:
                FieldSet.Insert(fields, path);
                break;
        }
    }

    private void Members(JsonObject map, FieldType type)
    {
        foreach (var (name, value) in map)
        {
            if (Unowned.Includes(path, name))
                continue;
            path.Add(FieldPath.Field(name));
            Visit(value, type.Member(name));
            if (type.IsFreeForm)
                FieldSet.Insert(fields, path);
            path.RemoveAt(path.Count - 1);
        }
    }
}
