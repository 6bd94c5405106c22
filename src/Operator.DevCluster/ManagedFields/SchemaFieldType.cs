using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>The type of a field of a custom resource, as its OpenAPI schema says. What no schema knows merges as a map, or is one value.</summary>
internal sealed class SchemaFieldType(JsonObject? schema, bool IsRoot = false) : FieldType
{
    public override bool IsAtomic => schema?.Text("x-kubernetes-map-type") == "atomic";

    public override bool IsFreeForm => !IsRoot && schema?["properties"] is null;

    public override IReadOnlyList<ListKey>? Keys => schema?.Text("x-kubernetes-list-type") switch
    {
        "set" => [],
        "map" when schema["x-kubernetes-list-map-keys"] is JsonArray keys =>
            [.. keys.Select(k => k!.GetValue<string>()).Select(k => new ListKey(k, schema.At("items", "properties", k, "default")))],
        _ => null,
    };

    public override FieldType Item => new SchemaFieldType(schema?["items"] as JsonObject);

    /// <summary>The metadata is the same for all objects, whatever the schema says.</summary>
    public override FieldType Member(string name) => IsRoot && name == "metadata"
        ? BuiltinFieldType.OfKind("").Member(name)
        : new SchemaFieldType((schema?.At("properties", name) ?? schema?["additionalProperties"]) as JsonObject);
}
