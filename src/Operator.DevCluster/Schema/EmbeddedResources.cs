using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>Whole objects inside an object (<c>x-kubernetes-embedded-resource</c>): they must name their version and kind.</summary>
internal static class EmbeddedResources
{
    public static void Check(JsonNode? node, StructuralSchema? schema, Violations violations)
    {
        if (schema is not { HasIdentities: true } || node is not (JsonObject or JsonArray))
            return;
        if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                violations.Enter(i);
                Check(list[i], schema.Items, violations);
                violations.Leave();
            }
            return;
        }
        var json = (JsonObject)node;
        if (schema.IsEmbeddedResource)
        {
            foreach (string key in (string[])["apiVersion", "kind"])
                Text(json, key, violations);
        }
        foreach (var (key, value) in json)
        {
            violations.Enter(key);
            Check(value, schema.Member(key), violations);
            violations.Leave();
        }
    }

    private static void Text(JsonObject json, string key, Violations violations)
    {
        if (!json.ContainsKey(key))
        {
            violations.Required(key);
            return;
        }
        violations.Enter(key);
        if (json.Text(key) is not { } text)
            violations.At(StatusCause.Invalid(violations.Field, FieldValue.Of(json[key]), "must be a string"));
        else if (text.Length == 0)
            violations.At(StatusCause.Invalid(violations.Field, "\"\"", "must not be empty"));
        violations.Leave();
    }
}
