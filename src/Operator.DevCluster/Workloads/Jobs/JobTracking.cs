using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>
/// Counts each ended pod of a Job exactly once. Its UID is noted in the status, then the finalizer that held it back is
/// removed, then it is a number: whatever is interrupted in between goes on from what is written.
/// </summary>
internal sealed class JobTracking
{
    private readonly ResourceApi<V1Pod> pods;
    private readonly ConcurrentDictionary<string, bool> released = [];

    /// <remarks>It must hear of pods before its controller does, so it is made first.</remarks>
    public JobTracking(ClusterCache cache, KubernetesConnection connection)
    {
        pods = new(connection, Kinds.Pods);
        cache.Pods.Subscribe(change =>
        {
            if (change.Now is not { } now || !now.IsTracked())
                released.TryRemove(change.Any.Metadata.Uid, out _);
        });
    }

    /// <summary>Whether a pod still holds its finalizer. The cache may show one that this has removed.</summary>
    public bool Holds(V1Pod pod) => pod.IsTracked() && !released.ContainsKey(pod.Metadata.Uid);

    public async Task ReleaseAsync(IEnumerable<V1Pod> ended, CancellationToken cancellation)
    {
        foreach (var pod in ended.Where(Holds))
        {
            var others = pod.Metadata.Finalizers.Where(f => f != JobPods.Finalizer).ToList();
            var patch = Patch.Merge(new()
            {
                ["metadata"] = new JsonObject
                {
                    ["uid"] = pod.Metadata.Uid,
                    ["resourceVersion"] = pod.Metadata.ResourceVersion,
                    ["finalizers"] = others.Count == 0 ? null : Kinds.ToJson(others),
                },
            });
            released[pod.Metadata.Uid] = true;
            try
            {
                if (await pods.PatchAsync(ObjectKey.Of(pod.Metadata), patch, cancellation: cancellation) is not (ApiResult<V1Pod>.NotFound or ApiResult<V1Pod>.Invalid) and var result)
                    result.RequiredOf(pod);
            }
            catch (ApiUnavailableException)
            {
                released.TryRemove(pod.Metadata.Uid, out _);
                throw;
            }
        }
    }
}
