using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>That every default fits the schema that it stands in.</summary>
internal static class DefaultRules
{
    public static IEnumerable<StatusCause> Check(StructuralSchema schema, string path) =>
    [
        .. schema.Default is { } value ? Default(value, schema, $"{path}.default") : [],
        .. schema.Items is { } items ? Check(items, $"{path}.items") : [],
        .. schema.Properties.SelectMany(p => Check(p.Value, $"{path}.properties[{p.Key}]")),
    ];

    private static IEnumerable<StatusCause> Default(JsonNode value, StructuralSchema schema, string path)
    {
        if (value is JsonObject json && Pruning.Prune(json.Clone(), schema).Count > 0)
            yield return StatusCause.Invalid(path, FieldValue.Of(value), "must not have unknown fields");
        Violations violations = new(path);
        SchemaValidation.Validate(value, old: null, schema, violations);
        foreach (var cause in violations.Causes)
            yield return cause;
    }
}
