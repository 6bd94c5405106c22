using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Why a ReplicaSet has not the pods that it should have.</summary>
internal sealed record ReplicaFailure(string Reason, string Message);

/// <summary>Makes the pods that a ReplicaSet lacks and deletes those that it has too many.</summary>
internal sealed class ReplicaSetPods(ClusterCache cache, KubernetesConnection connection, PodControl control)
{
    private const int Burst = 500;

    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);

    /// <summary>The active pods that there are in the end, and what went wrong on the way.</summary>
    public async Task<(List<V1Pod> Active, ReplicaFailure? Failure)> AdjustAsync(V1ReplicaSet set, List<V1Pod> active, CancellationToken cancellation)
    {
        int missing = (set.Spec.Replicas ?? 1) - active.Count;
        if (missing > 0)
        {
            // A cache may lag behind; nothing shall be made from a template that has been changed.
            if (await replicaSets.GetAsync(ObjectKey.Of(set.Metadata), cancellation) is not ApiResult<V1ReplicaSet>.Ok { Value: var live }
                || live.Metadata.Uid != set.Metadata.Uid || live.Metadata.Generation != set.Metadata.Generation)
                return (active, null);
            var wanted = Enumerable.Range(0, Math.Min(missing, Burst)).Select(_ => PodTemplates.PodOf(set.Spec.Template, set)).ToList();
            var (made, refusal) = await control.CreateAsync(set, wanted, cancellation);
            return ([.. active, .. made], refusal is null ? null : new("FailedCreate", refusal));
        }
        if (missing < 0)
        {
            var going = PodRanking.FirstToGo(active, Related(set)).Take(Math.Min(-missing, Burst)).ToList();
            await control.DeleteAsync(set, going, cancellation);
            return ([.. active.Except(going)], null);
        }
        return (active, null);
    }

    /// <summary>The active pods of this and of all other ReplicaSets of the same owner.</summary>
    private IEnumerable<V1Pod> Related(V1ReplicaSet set)
    {
        IEnumerable<V1ReplicaSet> siblings = set.Metadata.Controller() is { } owner ? ClusterCache.OwnedBy(cache.ReplicaSets, owner.Uid) : [set];
        return siblings.SelectMany(s => ClusterCache.OwnedBy(cache.Pods, s.Metadata.Uid)).Where(V1.IsActive);
    }
}
