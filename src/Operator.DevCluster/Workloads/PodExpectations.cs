using System.Collections.Concurrent;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>
/// What a controller has done to pods that its cache does not show yet. Without it a second pass over a stale cache
/// would make one pod too many. (The expectations of kube-controller-manager, by UID instead of by number.)
/// </summary>
internal sealed class PodExpectations
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Expected> created = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> deleted = new();
    private readonly ClusterCache cache;
    private readonly TimeProvider time;

    /// <remarks>It must hear of pods before its controller does, so it is made first.</remarks>
    public PodExpectations(ClusterCache cache, TimeProvider time)
    {
        (this.cache, this.time) = (cache, time);
        cache.Pods.Subscribe(change =>
        {
            string uid = change.Any.Metadata.Uid;
            created.TryRemove(uid, out _);
            if (change.Now is null or { Metadata.DeletionTimestamp: not null })
                deleted.TryRemove(uid, out _);
        });
    }

    public void Created(V1Pod pod) => created[pod.Metadata.Uid] = new(pod, time.GetUtcNow() + Patience);

    public void Deleted(V1Pod pod) => deleted[pod.Metadata.Uid] = time.GetUtcNow() + Patience;

    /// <summary>The pods that a controller owns or might own, as they are once the cache has caught up.</summary>
    public IReadOnlyList<V1Pod> Claimable(V1ObjectMeta controller)
    {
        // In this order: a pod that arrives in between is seen twice, never missed.
        var unseen = created.Values.Where(c => c.Pod.Metadata.Controller()?.Uid == controller.Uid).ToList();
        var known = ClusterCache.Claimable(cache.Pods, controller).ToDictionary(p => p.Metadata.Uid);
        foreach (var (pod, until) in unseen)
        {
            if (time.GetUtcNow() < until)
                known.TryAdd(pod.Metadata.Uid, pod);
            else
                created.TryRemove(pod.Metadata.Uid, out _);
        }
        return [.. known.Values.Where(p => !IsDeleted(p.Metadata.Uid))];
    }

    private bool IsDeleted(string uid) => deleted.TryGetValue(uid, out var until) && time.GetUtcNow() < until;

    private sealed record Expected(V1Pod Pod, DateTimeOffset Until);
}
