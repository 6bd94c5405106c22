using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>Reads an <c>openAPIV3Schema</c>.</summary>
internal static class SchemaReader
{
    /// <exception cref="FormatException">A keyword has a value of the wrong JSON type.</exception>
    public static StructuralSchema Read(JsonNode? node, string path)
    {
        Keywords at = new(node as JsonObject ?? throw Keywords.Wrong(path, "a schema"), path);
        StructuralSchema schema = new()
        {
            Type = at.Text("type"),
            Format = SupportedFormat(at),
            Nullable = at.Flag("nullable"),
            Default = at.Json["default"],
            Properties = at.Schemas("properties").ToFrozenDictionary(),
            Additional = Additional(at),
            Items = at.Schema("items"),
            PreservesUnknownFields = at.Flag("x-kubernetes-preserve-unknown-fields"),
            IsEmbeddedResource = at.Flag("x-kubernetes-embedded-resource"),
            IsIntOrString = at.Flag("x-kubernetes-int-or-string"),
            ListType = at.Text("x-kubernetes-list-type"),
            ListMapKeys = at.Texts("x-kubernetes-list-map-keys"),
            HasRules = at.List("x-kubernetes-validations").Count > 0,
            Values = Values(at),
        };
        return schema with { HasIdentities = schema.Nodes.Any(n => n.IsEmbeddedResource || n.ListType is "set" or "map") };
    }

    private static ValueValidation Values(Keywords at) => new()
    {
        Minimum = at.Number("minimum"),
        Maximum = at.Number("maximum"),
        ExclusiveMinimum = at.Flag("exclusiveMinimum"),
        ExclusiveMaximum = at.Flag("exclusiveMaximum"),
        MultipleOf = at.Number("multipleOf"),
        MinLength = at.Whole("minLength"),
        MaxLength = at.Whole("maxLength"),
        Pattern = at.Text("pattern") is { Length: > 0 } pattern ? Re2Pattern.Parse(pattern) : null,
        MinItems = at.Whole("minItems"),
        MaxItems = at.Whole("maxItems"),
        MinProperties = at.Whole("minProperties"),
        MaxProperties = at.Whole("maxProperties"),
        Enum = at.List("enum"),
        Required = at.Texts("required"),
        AllOf = at.SchemaList("allOf"),
        AnyOf = at.SchemaList("anyOf"),
        OneOf = at.SchemaList("oneOf"),
        Not = at.Schema("not"),
    };

    /// <summary>A format that says nothing about its type is ignored, as a kube-apiserver does.</summary>
    private static string SupportedFormat(Keywords at)
    {
        string format = at.Text("format");
        bool supported = at.Text("type") switch
        {
            "" or "string" => Formats.Knows(format),
            "integer" => format is "int32" or "int64",
            "number" => format is "float" or "double",
            _ => false,
        };
        return supported ? format : "";
    }

    private static AdditionalProperties? Additional(Keywords at) => at.Json["additionalProperties"] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => new(null, value.GetValue<bool>()),
        _ => new(at.Schema("additionalProperties"), true),
    };
}
