using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>An object of which only its metadata is known.</summary>
internal sealed record Unstructured : IMetadata<V1ObjectMeta>
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public required V1ObjectMeta Metadata { get; set; }
    public JsonObject Spec { get; init; } = [];
    public JsonObject? Status { get; init; }

    public static ResourceKind<Unstructured> Of(string group, string version, string plural) =>
        new(group, version, plural, true, ResourceJson.Trimmed<Unstructured>(UnstructuredJson.Default));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Unstructured))]
internal sealed partial class UnstructuredJson : JsonSerializerContext;
