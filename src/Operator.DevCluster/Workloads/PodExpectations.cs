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

    private readonly Lock gate = new();
    private readonly Dictionary<string, Expected> created = [];
    private readonly HashSet<string> goneMeanwhile = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset> deleted = new();
    private readonly ClusterCache cache;
    private readonly TimeProvider time;
    private int creating;

    /// <remarks>It must hear of pods before its controller does, so it is made first.</remarks>
    public PodExpectations(ClusterCache cache, TimeProvider time)
    {
        (this.cache, this.time) = (cache, time);
        cache.Pods.Subscribe(Follow);
    }

    /// <summary>Creates a pod that counts from now on, whether the cache shows it or not.</summary>
    public async Task<ApiResult<V1Pod>> CreateAsync(Func<Task<ApiResult<V1Pod>>> create)
    {
        lock (gate)
            creating++;
        ApiResult<V1Pod>? result = null;
        try
        {
            return result = await create();
        }
        finally
        {
            lock (gate)
            {
                // A slow answer may tell of a pod that has come and gone already.
                if (result is ApiResult<V1Pod>.Ok { Value: var pod } && !goneMeanwhile.Contains(pod.Metadata.Uid))
                    created[pod.Metadata.Uid] = new(pod, time.GetUtcNow() + Patience);
                if (--creating == 0)
                    goneMeanwhile.Clear();
            }
        }
    }

    /// <summary>The pod has been deleted and is on its way out.</summary>
    public void Deleted(V1Pod pod)
    {
        if (cache.Pods.Store.Get(ObjectKey.Of(pod.Metadata)) is { Metadata.DeletionTimestamp: null } known && known.Metadata.Uid == pod.Metadata.Uid)
            deleted[pod.Metadata.Uid] = time.GetUtcNow() + Patience;
    }

    /// <summary>The pods that a controller owns or might own, as they are once the cache has caught up.</summary>
    public IReadOnlyList<V1Pod> Claimable(V1ObjectMeta controller)
    {
        var now = time.GetUtcNow();
        List<V1Pod> unseen;
        // In this order: a pod that arrives in between is seen twice, never missed.
        lock (gate)
            unseen = [.. created.Values.Where(e => e.Until > now && e.Pod.Metadata.Controller()?.Uid == controller.Uid).Select(e => e.Pod)];
        var known = ClusterCache.Claimable(cache.Pods, controller).Concat(unseen).DistinctBy(p => p.Metadata.Uid);
        return [.. known.Select(p => p.Metadata.DeletionTimestamp is null && deleted.TryGetValue(p.Metadata.Uid, out var until) && until > now ? Ending(p, now) : p)];
    }

    private static V1Pod Ending(V1Pod pod, DateTimeOffset now)
    {
        var ending = Kinds.Clone(pod);
        ending.Metadata.DeletionTimestamp = now.WholeSecond();
        return ending;
    }

    private void Follow(Change<V1Pod> change)
    {
        string uid = change.Any.Metadata.Uid;
        lock (gate)
        {
            created.Remove(uid);
            if (change.Now is null && creating > 0)
                goneMeanwhile.Add(uid);
        }
        if (change.Now is null or { Metadata.DeletionTimestamp: not null })
            deleted.TryRemove(uid, out _);
    }

    private sealed record Expected(V1Pod Pod, DateTimeOffset Until);
}
