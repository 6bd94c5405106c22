using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>The findings that a recovery is about: the one that opened it, and those that joined it.</summary>
internal static class RecordedFindings
{
    public static IEnumerable<SecurityFinding> Of(ClusterCache cache, Recovery recovery)
    {
        var first = cache.SecurityFindings.Store.Get(new(recovery.Spec.Finding.Namespace, recovery.Spec.Finding.Name));
        return cache.SecurityFindings.Store.ByIndex(ClusterCache.ByRecovery, ObjectKey.Of(recovery.Metadata).ToString())
            .Concat(first is null ? [] : [first])
            .DistinctBy(f => f.Metadata.Uid);
    }
}
