using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>Ends every old pod before the first new one is made.</summary>
internal sealed class Recreate(ClusterCache cache, ReplicaSetScaling scaling)
{
    /// <summary>Scales the old ReplicaSets down.</summary>
    public async Task<Rollout> ScaleDownOldAsync(Rollout rollout, CancellationToken cancellation)
    {
        foreach (var old in rollout.ActiveOld)
            rollout = await scaling.ToAsync(rollout, old, 0, cancellation);
        return rollout;
    }

    /// <summary>Whether a pod of an old template still runs; one that is terminating does.</summary>
    public bool OldPodsRun(Rollout rollout) =>
        rollout.Old.Actual() > 0 || rollout.Old.Any(r => ClusterCache.OwnedBy(cache.Pods, r.Metadata.Uid).Any(p => !p.IsFinished()));
}
