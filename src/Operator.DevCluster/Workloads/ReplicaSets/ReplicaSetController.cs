using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Selectors;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Keeps as many pods alive as a ReplicaSet asks for, made from its own template, and reports on them.</summary>
internal sealed class ReplicaSetController(
    ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, EventRecorder events, TimeProvider time) : IReconciler<ObjectKey>
{
    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);
    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);
    private readonly ReplicaSetPods replicas = new(cache, connection, expectations, events);
    private readonly ReplicaSetStatus status = new(connection, time);

    /// <summary>The ReplicaSets that a pod concerns: its own, or if nobody owns it all that would take it.</summary>
    public static IEnumerable<ObjectKey> Of(ClusterCache cache, V1Pod pod)
    {
        string space = pod.Metadata.NamespaceProperty;
        return pod.Metadata.Controller() switch
        {
            { Kind: "ReplicaSet" } owner => [new(space, owner.Name)],
            null => ClusterCache.InNamespace(cache.ReplicaSets, space).Where(r => r.Spec.Selector.Selects(pod.Metadata)).Select(r => ObjectKey.Of(r.Metadata)),
            _ => [],
        };
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.ReplicaSets.Store.Get(key) is not { } set)
            return ReconcileResult.Done;
        var owned = await ClaimAsync(set, cancellation);
        var active = owned.Where(V1.IsActive).ToList();
        var failure = default(ReplicaFailure);
        if (set.Metadata.DeletionTimestamp is null)
            (active, failure) = await replicas.AdjustAsync(set, active, cancellation);
        await status.WriteAsync(set, active, failure, cancellation);
        if (failure is not null)
            throw new ApiUnavailableException($"{key}: {failure.Message}");
        return status.AvailableIn(set, active) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private Task<IReadOnlyList<V1Pod>> ClaimAsync(V1ReplicaSet set, CancellationToken cancellation)
    {
        ControllerRefs<V1Pod> references = new(
            pods, ReplicaSetPods.OwnerReference(set), set.Metadata.DeletionTimestamp is not null, V1.Selector(set.Spec.Selector),
            async () => await replicaSets.GetAsync(ObjectKey.Of(set.Metadata), cancellation) is ApiResult<V1ReplicaSet>.Ok { Value: var live }
                && live.Metadata.Uid == set.Metadata.Uid && live.Metadata.DeletionTimestamp is null);
        return references.ClaimAsync(expectations.Claimable(set.Metadata).Where(p => !p.IsFinished()), cancellation);
    }
}
