using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.Revisions;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.StatefulSets;

/// <summary>Keeps one pod for each ordinal of a StatefulSet, always under the same name (pkg/controller/statefulset of Kubernetes).</summary>
internal sealed class StatefulSetController : IReconciler<ObjectKey>
{
    private readonly ClusterCache cache;
    private readonly PodExpectations expectations;
    private readonly TimeProvider time;
    private readonly ResourceApi<V1Pod> pods;
    private readonly ResourceApi<V1StatefulSet> statefulSets;
    private readonly RevisionHistory<V1StatefulSet> history;
    private readonly StatefulSetStep step;

    public StatefulSetController(ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, EventRecorder events, TimeProvider time)
    {
        (this.cache, this.expectations, this.time) = (cache, expectations, time);
        pods = new(connection, Kinds.Pods);
        statefulSets = new(connection, Kinds.StatefulSets);
        history = new(cache, connection, statefulSets, "controller.kubernetes.io/hash");
        PodControl control = new(connection, expectations, events)
        {
            TellCreated = (set, pod) => $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful",
            TellDeleted = (set, pod) => $"delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful",
        };
        step = new(connection, control, new(connection, events), time);
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.StatefulSets.Store.Get(key) is not { } set)
            return ReconcileResult.Done;
        // The earliest time that anything is judged by: what was not available then is looked at again.
        var now = time.GetUtcNow();
        var revisions = await history.OfAsync(set, set.Spec.Template, set.Spec.Selector, set.Status?.CollisionCount ?? 0, cancellation);
        var current = revisions.All.FirstOrDefault(r => r.Metadata.Name == set.Status?.CurrentRevision) ?? revisions.Update;
        StatefulReplicas replicas = new(set, revisions, current, await ClaimAsync(set, cancellation));
        string? refusal = null;
        if (set.Metadata.DeletionTimestamp is null)
        {
            refusal = await step.TakeAsync(replicas, cancellation);
            replicas = replicas with { Pods = await ClaimAsync(set, cancellation) };
        }
        await statefulSets.WriteStatusAsync(set, set.Status, replicas.Status(now), cancellation);
        await history.TruncateAsync(
            revisions, r => r == current || replicas.Pods.Any(p => p.Revision() == r.Metadata.Name), set.Spec.RevisionHistoryLimit ?? 10, cancellation);
        if (refusal is not null)
            throw new ApiUnavailableException($"{key}: {refusal}");
        return replicas.Pods.NextAvailable(set.Spec.MinReadySeconds ?? 0, now) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    /// <summary>Only what is named as one of its own can be one.</summary>
    private Task<IReadOnlyList<V1Pod>> ClaimAsync(V1StatefulSet set, CancellationToken cancellation)
    {
        ControllerRefs<V1Pod, V1StatefulSet> references = new(pods, statefulSets, set, set.Spec.Selector);
        return references.ClaimAsync(expectations.Claimable(set.Metadata).Where(p => StatefulPod.OrdinalOf(set, p) is not null), cancellation);
    }
}
