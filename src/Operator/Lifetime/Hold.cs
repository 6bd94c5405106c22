using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;

namespace Operator.Lifetime;

/// <summary>A person keeps a record: the label or the annotation `immutablerecovery.io/hold` is there, whatever its value.</summary>
internal static class Hold
{
    public static bool IsOn(V1ObjectMeta metadata) =>
        metadata.Label(WellKnown.HoldMark) is not null || metadata.Annotation(WellKnown.HoldMark) is not null;
}
