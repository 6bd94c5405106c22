using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Discovery;

/// <summary>The schemas of custom resources: their definitions', with what every object has.</summary>
internal static class CustomSchemas
{
    /// <returns>The name of the schema.</returns>
    public static string Add(JsonObject schemas, ResourceDefinition resource, JsonObject version)
    {
        var schema = version.At("schema", "openAPIV3Schema")?.DeepClone() as JsonObject ?? [];
        var properties = schema.Ensure("properties");
        foreach (string field in (string[])["apiVersion", "kind"])
            properties[field] = new JsonObject { ["type"] = "string", ["description"] = Descriptions.OfField("ObjectMeta", field) };
        properties["metadata"] = BuiltinSchemas.Field(schemas, BuiltinType.Part(typeof(V1ObjectMeta)), Descriptions.OfField("ObjectMeta", "metadata"));
        string name = $"{string.Join('.', resource.Group.Split('.').Reverse())}.{resource.Version}.{resource.Kind}";
        schemas[name] = schema;
        return name;
    }
}
