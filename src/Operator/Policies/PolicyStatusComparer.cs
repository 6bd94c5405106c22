using System.Text.Json;
using Operator.Api.V1Alpha1;

namespace Operator.Policies;

/// <summary>Whether a status says anything new: what does not is not written, so that a quiet cluster stays quiet.</summary>
internal static class PolicyStatusComparer
{
    public static bool Same(PolicyStatus one, PolicyStatus other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, ApiJson.Default.PolicyStatus).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, ApiJson.Default.PolicyStatus));
}
