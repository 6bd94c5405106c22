using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Nodes;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>What a recovery left in the cluster. While any of it is there, its record is the only one that knows what it is, and stays.</summary>
internal sealed class RecordMarks(ClusterCache cache)
{
    /// <summary>What is still there; null when nothing is.</summary>
    public async Task<string?> LeftOfAsync(Recovery recovery, CancellationToken cancellation)
    {
        var (key, target) = (ObjectKey.Of(recovery.Metadata), recovery.Spec.Target);
        if (recovery.Status?.Progress?.Removals.Select(r => r.Uid).Append(target.Uid).Select(cache.PodOf).FirstOrDefault(p => p is not null) is { } pod)
            return $"pod {ObjectKey.Of(pod.Metadata)}";
        if (cache.Nodes.Store.All.FirstOrDefault(n => NodeCordon.HoldersOf(n).Contains(key)) is { } node)
            return $"the cordon of node {node.Metadata.Name}";
        if (cache.Deployments.Store.All.FirstOrDefault(d => d.Metadata.Annotation(WellKnown.PausedByAnnotation) == key.ToString()) is { } paused)
            return $"the pause of Deployment {ObjectKey.Of(paused.Metadata)}";
        // Last the target itself, live: a cache that lost it must not make the operator forget it.
        return await cache.Pods.Api.GetAsync(new(target.Namespace, target.Name), cancellation) switch
        {
            ApiResult<Pod>.Ok { Value: var live } when live.Metadata.Uid == target.Uid => $"pod {ObjectKey.Of(live.Metadata)}",
            ApiResult<Pod>.Ok or ApiResult<Pod>.NotFound => null,
            var refused => throw new ApiUnavailableException($"pod {target.Namespace}/{target.Name}: the API server answered {refused}"),
        };
    }
}
