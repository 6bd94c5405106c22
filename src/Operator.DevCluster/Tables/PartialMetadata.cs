using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tables;

/// <summary>meta.k8s.io/v1 PartialObjectMetadata: an object without all that is its own.</summary>
internal static class PartialMetadata
{
    public static JsonObject Of(JsonObject json) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = json["metadata"]?.DeepClone(),
    };
}
