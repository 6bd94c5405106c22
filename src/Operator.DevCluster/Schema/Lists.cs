using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>Lists that are sets or maps: their items are known by their value or by their keys, and stand in them once.</summary>
internal static class Lists
{
    /// <summary>What an item of a list map was before; null if it is new, or if its list does not know its items.</summary>
    public static JsonNode? Counterpart(JsonNode? item, JsonArray? old, StructuralSchema schema) =>
        old is null || schema.ListType != "map" || item is not JsonObject json
            ? null
            : old.OfType<JsonObject>().FirstOrDefault(before => JsonNode.DeepEquals(Key(before, schema), Key(json, schema)));

    public static bool Contain(IReadOnlyList<JsonNode?> list, JsonNode? value)
    {
        string? text = JsonKind.Text(value);
        foreach (var item in list)
        {
            if (text is null ? JsonNode.DeepEquals(item, value) : JsonKind.Text(item) == text)
                return true;
        }
        return false;
    }

    /// <summary>Looks for duplicates in a whole object.</summary>
    public static void CheckUnique(JsonNode? node, StructuralSchema? schema, Violations violations)
    {
        if (schema is not { HasIdentities: true })
            return;
        foreach (var (key, value) in node as JsonObject ?? [])
        {
            if (value is not (JsonObject or JsonArray))
                continue;
            violations.Enter(key);
            CheckUnique(value, schema.Member(key), violations);
            violations.Leave();
        }
        if (node is not JsonArray list)
            return;
        Check(list, schema, violations);
        for (int i = 0; i < list.Count && schema.Items is not null; i++)
        {
            violations.Enter(i);
            CheckUnique(list[i], schema.Items, violations);
            violations.Leave();
        }
    }

    private static void Check(JsonArray list, StructuralSchema schema, Violations violations)
    {
        if (schema.ListType is not ("set" or "map") || list.Count == 0)
            return;
        bool isMap = schema.ListType == "map";
        Dictionary<string, int> seen = [];
        for (int i = 0; i < list.Count; i++)
        {
            violations.Enter(i);
            var identity = isMap ? Key(list[i] as JsonObject, schema) : list[i];
            string text = FieldValue.Of(identity);
            seen[text] = seen.GetValueOrDefault(text) + 1;
            if (isMap && list[i] is not (null or JsonObject))
                violations.At(Server.StatusCause.Invalid(violations.Field, FieldValue.Of(list[i]), "must be an object for an array of list-type map"));
            else if (seen[text] == 2)
                violations.Duplicate(identity);
            violations.Leave();
        }
    }

    private static JsonObject Key(JsonObject? item, StructuralSchema schema)
    {
        JsonObject key = [];
        foreach (string field in schema.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if (item is not null && item.TryGetPropertyValue(field, out var value))
                key[field] = value?.DeepClone();
        }
        return key;
    }
}
