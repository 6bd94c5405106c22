using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>
/// Undoes what recoveries that have ended left behind: quarantines, pauses, cordons, kept originals. Undo is no step of the protocol,
/// since a cancelled or deleted recovery would never reach it. Each object is a key of its own: one that fails keeps no other waiting.
/// </summary>
internal sealed class Sweeper(ClusterCache cache, PodSweep pods, WorkloadSweep workloads, NodeSweep nodes, QuarantinePolicySweep policies) : IReconciler<Marked>
{
    /// <summary>A change of a mark is looked at this long after: the end of its recovery may reach the caches later.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Where the keys of marked objects go.</summary>
    public WorkQueue<Marked>? Queue { get; set; }

    public Task<ReconcileResult> ReconcileAsync(Marked key, CancellationToken cancellation) => key.Kind switch
    {
        MarkedKind.Pod => pods.SweepAsync(key.Key, cancellation),
        MarkedKind.Node => nodes.SweepAsync(key.Key, cancellation),
        MarkedKind.NetworkPolicy => policies.SweepAsync(key.Key, cancellation),
        MarkedKind.Deployment or MarkedKind.StatefulSet or MarkedKind.DaemonSet or MarkedKind.CronJob => workloads.SweepAsync(key, cancellation),
        _ => Task.FromResult(LookForAll()),
    };

    /// <summary>Puts whatever carries a mark on the queue shortly after each of its changes.</summary>
    public void Follow(WorkQueue<Marked> queue)
    {
        Queue = queue;
        void Follow<T>(Informer<T> informer, MarkedKind kind, Func<T, bool> isMarked)
            where T : class, IMetadata<V1ObjectMeta> =>
            informer.Subscribe(change =>
            {
                if ((change.Before is { } before && isMarked(before)) || (change.Now is { } now && isMarked(now)))
                    queue.AddAfter(new(kind, ObjectKey.Of(change.Any.Metadata)), Soon);
            });
        Follow(cache.Pods, MarkedKind.Pod, IsMarked);
        Follow(cache.Deployments, MarkedKind.Deployment, d => IsMarked(d.Metadata));
        Follow(cache.StatefulSets, MarkedKind.StatefulSet, s => IsMarked(s.Metadata));
        Follow(cache.DaemonSets, MarkedKind.DaemonSet, d => IsMarked(d.Metadata));
        Follow(cache.CronJobs, MarkedKind.CronJob, c => IsMarked(c.Metadata));
        Follow(cache.Nodes, MarkedKind.Node, IsMarked);
        Follow(cache.NetworkPolicies, MarkedKind.NetworkPolicy, QuarantinePolicySweep.IsOurs);
        // The last quarantined pod of a namespace takes the NetworkPolicy along: not when its deletion begins, it is needed until the pod is gone.
        cache.Pods.Subscribe(change =>
        {
            if (change.Before is { } before && IsQuarantined(before) && (change.Now is null || !IsQuarantined(change.Now)))
                queue.AddAfter(new(MarkedKind.NetworkPolicy, new(before.Metadata.NamespaceProperty, WellKnown.QuarantinePolicy)), Soon);
        });
        // Whatever a recovery marked is looked for when it ends or is gone; how many end at once makes no difference.
        cache.Recoveries.Subscribe(change =>
        {
            if (change.Now is null || (change.Now.Status?.Outcome is not null && change.Before?.Status?.Outcome is null))
                queue.Add(Marked.Everything);
        });
        queue.Add(Marked.Everything);
    }

    private ReconcileResult LookForAll()
    {
        Add(cache.Pods, MarkedKind.Pod, IsMarked);
        Add(cache.Deployments, MarkedKind.Deployment, d => IsMarked(d.Metadata));
        Add(cache.StatefulSets, MarkedKind.StatefulSet, s => IsMarked(s.Metadata));
        Add(cache.DaemonSets, MarkedKind.DaemonSet, d => IsMarked(d.Metadata));
        Add(cache.CronJobs, MarkedKind.CronJob, c => IsMarked(c.Metadata));
        Add(cache.Nodes, MarkedKind.Node, IsMarked);
        Add(cache.NetworkPolicies, MarkedKind.NetworkPolicy, QuarantinePolicySweep.IsOurs);
        return ReconcileResult.After(Period);
    }

    private void Add<T>(Informer<T> informer, MarkedKind kind, Func<T, bool> isMarked)
        where T : class, IMetadata<V1ObjectMeta>
    {
        foreach (var marked in informer.Store.All.Where(isMarked))
            Queue?.Add(new(kind, ObjectKey.Of(marked.Metadata)));
    }

    private static bool IsMarked(Pod pod) => IsQuarantined(pod) && pod.Metadata.DeletionTimestamp is null;

    private static bool IsQuarantined(Pod pod) => pod.Metadata.Label(WellKnown.QuarantineLabel) is not null;

    private static bool IsMarked(Node node) => node.Metadata.Annotation(WellKnown.CordonedByAnnotation) is not null;

    private static bool IsMarked(V1ObjectMeta workload) =>
        (workload.Annotation(WellKnown.PausedByAnnotation) ?? workload.Annotation(WellKnown.PinnedByAnnotation)) is not null;
}
