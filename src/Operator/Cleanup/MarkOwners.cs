using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>Which recovery a mark belongs to.</summary>
internal abstract record MarkOwner
{
    private MarkOwner()
    {
    }

    /// <summary>The recovery goes on: what it marked stays as it is.</summary>
    public sealed record Going(Recovery Recovery) : MarkOwner;

    public sealed record Ended(Recovery Recovery) : MarkOwner;

    /// <summary>The API server has no such recovery. Only a live read says so.</summary>
    public sealed record Gone : MarkOwner;

    /// <summary>The text names no recovery, or one that the operator did not make.</summary>
    public sealed record Nobody : MarkOwner;
}

/// <summary>Finds the recovery that a mark names. A mark is an annotation that anybody may have written; only a believed record answers for it.</summary>
internal sealed class MarkOwners
{
    private const int MostDeparted = 1000;

    private readonly ClusterCache cache;
    private readonly RecoveryAuthority authority;
    private readonly Dictionary<ObjectKey, Recovery> departed = [];
    private readonly Queue<ObjectKey> order = new();

    public MarkOwners(ClusterCache cache, RecoveryAuthority authority)
    {
        (this.cache, this.authority) = (cache, authority);
        cache.Recoveries.Subscribe(change =>
        {
            if (change is { Now: null, Before: { } before })
                Remember(before);
        });
    }

    /// <summary>The recoveries that name a pod as their target or as one that they take out.</summary>
    public IReadOnlyList<Recovery> OfPod(string uid) => [.. cache.Recoveries.Store.ByIndex(ClusterCache.ByNamedPod, uid).Where(authority.Believes)];

    /// <param name="mark">The text of the mark.</param>
    /// <param name="cancellation">Stops the read.</param>
    public async Task<MarkOwner> FindAsync(string? mark, CancellationToken cancellation) =>
        ObjectKey.TryParse(mark, out var key) && key.Namespace.Length > 0 ? await FindAsync(key, cancellation) : new MarkOwner.Nobody();

    public async Task<MarkOwner> FindAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.Recoveries.Store.Get(key) is { Status.Outcome: null } going && authority.Believes(going))
            return new MarkOwner.Going(going);
        // What has ended lets go, and what is not in the cache may still be there: both are read live.
        return await cache.Recoveries.Api.GetAsync(key, cancellation) switch
        {
            ApiResult<Recovery>.NotFound => new MarkOwner.Gone(),
            ApiResult<Recovery>.Ok { Value: var found } when !authority.Believes(found) => new MarkOwner.Nobody(),
            ApiResult<Recovery>.Ok { Value: { Status.Outcome: not null } ended } => new MarkOwner.Ended(ended),
            ApiResult<Recovery>.Ok { Value: var found } => new MarkOwner.Going(found),
            var refused => throw new ApiUnavailableException($"recovery {key}: the API server answered {refused}"),
        };
    }

    /// <summary>The last state of a recovery that was deleted since this process started; null for one that is not known.</summary>
    public Recovery? Departed(string? mark)
    {
        lock (order)
            return ObjectKey.TryParse(mark, out var key) ? departed.GetValueOrDefault(key) : null;
    }

    private void Remember(Recovery recovery)
    {
        if (!authority.Believes(recovery))
            return;
        var key = ObjectKey.Of(recovery.Metadata);
        lock (order)
        {
            if (departed.TryAdd(key, recovery))
                order.Enqueue(key);
            departed[key] = recovery;
            while (order.Count > MostDeparted)
                departed.Remove(order.Dequeue());
        }
    }
}
