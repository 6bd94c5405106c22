using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>An object of whatever kind, all of it: for kinds that are not known beforehand, and where what is trimmed elsewhere matters.</summary>
[JsonConverter(typeof(AnyObjectConverter))]
public sealed record AnyObject : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required JsonObject Content { get; init; }

    /// <summary>What stands at a path; null where nothing does.</summary>
    public JsonNode? At(IEnumerable<string> path) => path.Aggregate((JsonNode?)Content, (node, name) => (node as JsonObject)?[name]);

    /// <summary>The pod template that stands at a path; null where none does.</summary>
    public PodTemplate? TemplateAt(IEnumerable<string> path)
    {
        try
        {
            return At(path)?.Deserialize(ClusterJson.Default.PodTemplate) is { Spec.Containers.Count: > 0 } template ? template : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed class AnyObjectConverter : JsonConverter<AnyObject>
{
    public override AnyObject Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonNode.Parse(ref reader) is JsonObject content && content["metadata"] is JsonObject metadata
            ? new() { Content = content, Metadata = metadata.Deserialize((JsonTypeInfo<V1ObjectMeta>)options.GetTypeInfo(typeof(V1ObjectMeta)))! }
            : throw new JsonException("not an object with metadata");

    public override void Write(Utf8JsonWriter writer, AnyObject value, JsonSerializerOptions options) => value.Content.WriteTo(writer);
}
