using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.Revisions;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.DaemonSets;

/// <summary>Keeps one pod of a DaemonSet on every node that it fits (pkg/controller/daemon of Kubernetes, without surge).</summary>
internal sealed class DaemonSetController : IReconciler<ObjectKey>
{
    private readonly ClusterCache cache;
    private readonly PodExpectations expectations;
    private readonly PodControl control;
    private readonly EventRecorder events;
    private readonly TimeProvider time;
    private readonly ResourceApi<V1Pod> pods;
    private readonly ResourceApi<V1DaemonSet> daemonSets;
    private readonly RevisionHistory<V1DaemonSet> history;

    public DaemonSetController(
        ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, PodControl control, EventRecorder events, TimeProvider time)
    {
        (this.cache, this.expectations, this.control, this.events, this.time) = (cache, expectations, control, events, time);
        pods = new(connection, Kinds.Pods);
        daemonSets = new(connection, Kinds.DaemonSets);
        history = new(cache, connection, daemonSets, RevisionHistory<V1DaemonSet>.PodLabel);
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.DaemonSets.Store.Get(key) is not { } set)
            return ReconcileResult.Done;
        // The earliest time that anything is judged by: what was not available then is looked at again.
        var now = time.GetUtcNow();
        var revisions = await history.OfAsync(set, set.Spec.Template, set.Spec.Selector, set.Status?.CollisionCount ?? 0, cancellation);
        string hash = revisions.Update.Metadata.Label(RevisionHistory<V1DaemonSet>.PodLabel)!;
        var nodes = await NodesAsync(set, cancellation);
        string? refusal = null;
        if (set.Metadata.DeletionTimestamp is null)
        {
            refusal = await ManageAsync(set, nodes, hash, cancellation);
            if (set.Spec.UpdateStrategy?.Type != "OnDelete")
            {
                nodes = await NodesAsync(set, cancellation);
                await control.DeleteAsync(set, DaemonRollout.Outdated(set, nodes, hash, now), cancellation);
            }
            await history.TruncateAsync(
                revisions, r => nodes.SelectMany(n => n.Pods).Any(p => p.Revision() == r.Metadata.Label(RevisionHistory<V1DaemonSet>.PodLabel)),
                set.Spec.RevisionHistoryLimit ?? 10, cancellation);
        }
        nodes = await NodesAsync(set, cancellation);
        await daemonSets.WriteStatusAsync(set, set.Status, DaemonSetStatus.Of(set, nodes, hash, revisions.Collisions, now), cancellation);
        if (refusal is not null)
            throw new ApiUnavailableException($"{key}: {refusal}");
        return nodes.SelectMany(n => n.Pods).NextAvailable(set.Spec.MinReadySeconds ?? 0, now) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private async Task<IReadOnlyList<DaemonNode>> NodesAsync(V1DaemonSet set, CancellationToken cancellation)
    {
        ControllerRefs<V1Pod, V1DaemonSet> references = new(pods, daemonSets, set, set.Spec.Selector);
        var owned = await references.ClaimAsync(expectations.Claimable(set.Metadata), cancellation);
        return DaemonNode.All(set, cache.Nodes.Store.All, owned);
    }

    /// <summary>One pod on each node that should have one, none elsewhere. A pod that is going holds its place until it is gone.</summary>
    private async Task<string?> ManageAsync(V1DaemonSet set, IReadOnlyList<DaemonNode> nodes, string hash, CancellationToken cancellation)
    {
        List<V1Pod> going = [];
        foreach (var node in nodes)
        {
            var alive = node.Pods.Where(p => p.Metadata.DeletionTimestamp is null).ToList();
            if (!node.ShouldContinue)
            {
                going.AddRange(alive);
                continue;
            }
            foreach (var ended in alive.Where(V1.IsFinished))
                TellOf(set, ended, node.Name);
            going.AddRange(alive.Where(V1.IsFinished));
            going.AddRange(alive.Where(p => !p.IsFinished()).Skip(1));
        }
        await control.DeleteAsync(set, going, cancellation);
        var wanted = nodes.Where(n => n.ShouldRun && n.Pods.Count == 0).Select(n => DaemonPodTemplate.PodOf(set, n.Name, hash)).ToList();
        if (wanted.Count == 0)
            return null;
        // A cache may lag behind; nothing shall be made from a template that has been changed.
        if (await daemonSets.GetAsync(ObjectKey.Of(set.Metadata), cancellation) is not ApiResult<V1DaemonSet>.Ok { Value: var live }
            || live.Metadata.Uid != set.Metadata.Uid || live.Metadata.Generation != set.Metadata.Generation)
            return null;
        return (await control.CreateAsync(set, wanted, cancellation)).Refusal;
    }

    private void TellOf(V1DaemonSet set, V1Pod ended, string node)
    {
        string which = $"daemon pod {ended.Metadata.NamespaceProperty}/{ended.Metadata.Name} on node {node}";
        if (ended.Status.Phase == "Failed")
            events.Warning(set, "FailedDaemonPod", $"Found failed {which}, will try to kill it");
        else
            events.Normal(set, "SucceededDaemonPod", $"Found succeeded {which}, will try to delete it");
    }
}
