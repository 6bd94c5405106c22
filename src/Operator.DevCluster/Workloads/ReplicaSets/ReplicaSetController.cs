using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Keeps as many pods alive as a ReplicaSet asks for, made from its own template, and reports on them.</summary>
internal sealed class ReplicaSetController(
    ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, PodControl control, TimeProvider time) : IReconciler<ObjectKey>
{
    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);
    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);
    private readonly ReplicaSetPods replicas = new(cache, connection, control);
    private readonly ReplicaSetStatus status = new(connection);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.ReplicaSets.Store.Get(key) is not { } set)
            return ReconcileResult.Done;
        ControllerRefs<V1Pod, V1ReplicaSet> references = new(pods, replicaSets, set, set.Spec.Selector);
        var owned = await references.ClaimAsync(expectations.Claimable(set.Metadata).Where(p => !p.IsFinished()), cancellation);
        var active = owned.Where(V1.IsActive).ToList();
        var failure = default(ReplicaFailure);
        if (set.Metadata.DeletionTimestamp is null)
            (active, failure) = await replicas.AdjustAsync(set, active, cancellation);
        // One time for both: a pod that was not available yet when its status was written is looked at again.
        var now = time.GetUtcNow();
        await status.WriteAsync(set, active, failure, now, cancellation);
        if (failure is not null)
            throw new ApiUnavailableException($"{key}: {failure.Message}");
        return active.NextAvailable(set.Spec.MinReadySeconds ?? 0, now) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }
}
