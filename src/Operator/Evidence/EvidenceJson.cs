using System.Text.Json.Serialization;
using Operator.Api.V1Alpha1;

namespace Operator.Evidence;

/// <summary>The index of the evidence, as it stands in an annotation of its ConfigMap.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvidenceItem[]))]
internal sealed partial class EvidenceJson : JsonSerializerContext;
