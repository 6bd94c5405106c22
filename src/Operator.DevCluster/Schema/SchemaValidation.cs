using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>
/// Validates values against a schema, with the messages of kube-openapi. On an update, what is wrong already and stays
/// as it is may stay (the ratcheting of apiextensions-apiserver).
/// </summary>
internal static class SchemaValidation
{
    /// <param name="old">What stood there before; null if nothing did.</param>
    public static void Validate(JsonNode? value, JsonNode? old, StructuralSchema schema, Violations violations)
    {
        int before = violations.Count;
        Check(value, old, schema, violations);
        if (violations.Count > before && old is not null && JsonNode.DeepEquals(value, old))
            violations.Forget(before);
    }

    private static void Check(JsonNode? value, JsonNode? old, StructuralSchema schema, Violations violations)
    {
        violations.Match();
        string kind = JsonKind.Of(value);
        if (IsOfType(value, kind, schema, violations))
            violations.Match();
        if (value is not null)
        {
            Alternatives.Check(value, old, schema.Values, violations);
            if (JsonKind.Text(value) is { } text)
                StringRules.Check(text, schema, violations);
            else if (kind is "integer" or "number")
                NumberRules.Check(value, kind, schema, violations);
        }
        if (value is JsonArray list)
            Items(list, old as JsonArray, schema, violations);
        if (schema.Values.Enum is { Count: > 0 } supported && !Lists.Contain(supported, value))
            violations.Unsupported(value, supported);
        if (value is JsonObject json)
            Members(json, old as JsonObject, schema, violations);
    }

    private static bool IsOfType(JsonNode? value, string kind, StructuralSchema schema, Violations violations)
    {
        if (schema.TypeName.Length == 0 || schema.Admits(kind) || (kind == "null" && schema.Nullable))
            return true;
        if (kind == "integer" && schema.Admits("number"))
            return true;
        if (kind == "number" && schema.Admits("integer") && double.IsInteger(JsonKind.Double(value!)))
            return true;
        // With a format, kube-openapi compares the formats of what is neither text nor a list.
        if (schema.Format.Length > 0 && kind is not ("string" or "array" or "null"))
            violations.WrongType(schema.Format, kind switch { "integer" => "\"int64\"", "number" => "\"float64\"", _ => "\"\"" });
        else
            violations.WrongType(schema.TypeName, $"\"{kind}\"");
        return false;
    }

    private static void Items(JsonArray list, JsonArray? old, StructuralSchema schema, Violations violations)
    {
        if (schema.Items is { } items)
        {
            for (int i = 0; i < list.Count; i++)
            {
                violations.Enter(i);
                Validate(list[i], Lists.Counterpart(list[i], old, schema), items, violations);
                violations.Leave();
            }
        }
        if (list.Count < schema.Values.MinItems)
            violations.Invalid($"{list.Count}", $"should have at least {schema.Values.MinItems} items");
        if (list.Count > schema.Values.MaxItems)
            violations.TooMany(list.Count, schema.Values.MaxItems.Value);
    }

    private static void Members(JsonObject json, JsonObject? old, StructuralSchema schema, Violations violations)
    {
        if (json.Count < schema.Values.MinProperties)
            violations.Invalid($"{json.Count}", $"should have at least {schema.Values.MinProperties} properties");
        if (json.Count > schema.Values.MaxProperties)
            violations.TooMany(json.Count, schema.Values.MaxProperties.Value);
        foreach (var (key, value) in json)
        {
            if (schema.Member(key) is { } member)
            {
                violations.Enter(key);
                Validate(value, old?[key], member, violations);
                violations.Leave();
            }
            else if (schema.Additional is { Allowed: false } && !schema.Properties.ContainsKey(key))
                violations.Forbidden(key);
        }
        foreach (string key in schema.Values.Required)
        {
            if (!json.ContainsKey(key))
                violations.Required(key);
        }
    }
}
