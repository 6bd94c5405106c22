using System.Text.Json.Nodes;
using Operator.DevCluster.Protobuf;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Discovery;

/// <summary>OpenAPI schemas of the builtin types: all their fields, and what is described here about them.</summary>
internal static class BuiltinSchemas
{
    /// <summary>Adds the schema of a type and of the types of its fields, unless it is there.</summary>
    /// <returns>The name of the schema.</returns>
    public static string Add(JsonObject schemas, BuiltinType.Struct type)
    {
        var message = Message.Of(type.TypeName);
        string name = $"{(message.Package.Length > 0 ? message.Package : "io.k8s.api")}.{type.TypeName}";
        if (schemas.ContainsKey(name))
            return name;
        JsonObject schema = new() { ["type"] = "object" };
        // Types may hold themselves.
        schemas[name] = schema;
        if (Descriptions.Of(type.TypeName) is { } description)
            schema["description"] = description;
        if (message.Flat.Where(f => f.IsRequired).ToList() is { Count: > 0 } required)
            schema["required"] = new JsonArray([.. required.Select(f => JsonValue.Create(f.Name))]);
        schema["properties"] = new JsonObject([.. Fields(type, message).OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Field(schemas, f.Value, Descriptions.OfField(type.TypeName, f.Key))))]);
        return name;
    }

    public static JsonObject Field(JsonObject schemas, BuiltinType type, string description)
    {
        var schema = Schema(schemas, type);
        // Beside a reference nothing else counts.
        if (schema.ContainsKey("$ref"))
            schema = new() { ["allOf"] = new JsonArray(schema) };
        schema["description"] = description;
        return schema;
    }

    public static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    private static JsonObject Schema(JsonObject schemas, BuiltinType type) => type switch
    {
        BuiltinType.Struct part => Reference(Add(schemas, part)),
        BuiltinType.List list => new() { ["type"] = "array", ["items"] = Schema(schemas, list.Item) },
        BuiltinType.Map map => new() { ["type"] = "object", ["additionalProperties"] = Schema(schemas, map.Value) },
        BuiltinType.Scalar scalar => Scalar(scalar),
        BuiltinType.Free { IsQuantity: true } => Named(schemas, "io.k8s.apimachinery.pkg.api.resource.Quantity", "An amount, such as 500m, 128Mi or 2."),
        BuiltinType.Free { IsIntOrString: true } => Named(schemas, "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "A number, or a text such as a percentage or a name."),
        _ => new() { ["type"] = "object" },
    };

    private static JsonObject Scalar(BuiltinType.Scalar scalar)
    {
        (string type, string format) = scalar.Type switch
        {
            "bool" => ("boolean", ""),
            "float64" => ("number", "double"),
            "int32" or "int64" => ("integer", scalar.Type),
            _ => ("string", scalar.Format),
        };
        JsonObject schema = new() { ["type"] = type };
        if (format.Length > 0)
            schema["format"] = format;
        return schema;
    }

    /// <summary>What is a number or a text has no type.</summary>
    private static JsonObject Named(JsonObject schemas, string name, string description)
    {
        schemas.Default(name, new JsonObject
        {
            ["description"] = description,
            ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "number" }),
        });
        return Reference(name);
    }

    /// <summary>The client library may know fields of a later Kubernetes.</summary>
    private static IEnumerable<KeyValuePair<string, BuiltinType>> Fields(BuiltinType.Struct type, Message message)
    {
        HashSet<string> served = ["apiVersion", "kind", .. message.Flat.Select(f => f.Name)];
        return type.Fields.Where(f => message.Fields.Count == 0 || served.Contains(f.Key));
    }
}
