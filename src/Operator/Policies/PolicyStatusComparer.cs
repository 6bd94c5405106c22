using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Policies;

/// <summary>Whether a status says anything new: what does not is not written, so that a quiet cluster stays quiet.</summary>
internal static class PolicyStatusComparer
{
    /// <summary>As it is stored: what is cut on the way there is no news.</summary>
    private static readonly JsonTypeInfo<PolicyStatus> Stored = ResourceJson.Trimmed<PolicyStatus>(ApiJson.Default, WithinBounds.Keep);

    public static bool Same(PolicyStatus one, PolicyStatus other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, Stored).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, Stored));
}
