using System.Text.Json.Serialization;

namespace Operator.Api.V1Alpha1;

/// <summary>How the custom resources are read and written, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(RecoveryPolicy))]
[JsonSerializable(typeof(ClusterRecoveryPolicy))]
[JsonSerializable(typeof(FindingSource))]
[JsonSerializable(typeof(SecurityFinding))]
[JsonSerializable(typeof(Recovery))]
[JsonSerializable(typeof(TrustedImage))]
[JsonSerializable(typeof(ImageRevocationList))]
public sealed partial class ApiJson : JsonSerializerContext;
