using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Images;
using Operator.DevCluster.Logs;
using Operator.Runtime;

namespace Operator.DevCluster.Kubelets;

/// <summary>The kubelets of all nodes: each starts the containers of the pods that are bound to its node, reports on them and ends them.</summary>
public sealed class KubeletFleet : IReconciler<ObjectKey>
{
    private readonly ConcurrentDictionary<string, Kubelet> kubelets = new();
    private readonly ConcurrentDictionary<ObjectKey, PodRun> runs = new();
    private readonly PodAddresses addresses = new();
    private readonly ClusterCache cache;
    private readonly ImageRegistry registry;
    private readonly LogStore logs;
    private readonly EventRecorder events;
    private readonly EmbeddedClusterOptions options;
    private readonly ResourceApi<V1Pod> pods;
    private readonly WorkQueue<ObjectKey> queue;

    internal KubeletFleet(
        ClusterCache cache, KubernetesConnection connection, ImageRegistry registry, LogStore logs, EventRecorder events,
        EmbeddedClusterOptions options, WorkQueue<ObjectKey> queue)
    {
        (this.cache, this.registry, this.logs, this.events, this.options, this.queue) = (cache, registry, logs, events, options, queue);
        pods = new(connection, Kinds.Pods);
    }

    /// <summary>Ends a container and starts it again in the same pod, its image pulled anew as its pull policy says.</summary>
    /// <returns>Completes when it runs again and the pod's status says so.</returns>
    public async Task RestartContainerAsync(string ns, string pod, string container, CancellationToken cancellation = default)
    {
        ObjectKey key = new(ns, pod);
        if (!runs.TryGetValue(key, out var run))
            throw new ArgumentException($"no kubelet runs a pod {key}", nameof(pod));
        var restarted = run.RestartAsync(container);
        queue.Add(key);
        await restarted.WaitAsync(cancellation);
    }

    /// <summary>The kubelet of a node does nothing any more: pods that are deleted stay Terminating, new ones Pending.</summary>
    public void Freeze(string node) => Of(node).IsFrozen = true;

    /// <summary>The kubelet of a node goes on where it stood.</summary>
    public void Thaw(string node)
    {
        Of(node).IsFrozen = false;
        foreach (var pod in cache.PodsOn(node))
            queue.Add(ObjectKey.Of(pod.Metadata));
    }

    /// <summary>The UID of the pod that runs under a name.</summary>
    internal string? UidOf(ObjectKey pod) => runs.GetValueOrDefault(pod)?.Uid;

    /// <summary>Brings one pod as far as it can be by now.</summary>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var pod = cache.Pods.Store.Get(key);
        if (runs.TryGetValue(key, out var run) && run.Uid != pod?.Metadata.Uid)
        {
            runs.TryRemove(key, out _);
            run.Forget();
            run = null;
        }
        if (pod?.Spec.NodeName is not { Length: > 0 } name || cache.Nodes.Store.Get(new("", name)) is not { } node || Of(name) is { IsFrozen: true })
            return ReconcileResult.Done;
        if (run is null)
        {
            if (pod.IsFinished())
                return ReconcileResult.Done;
            runs[key] = run = new(Of(name), pod, addresses.Next(), options.Time.GetUtcNow());
        }
        if (run.IsReleased)
            return ReconcileResult.Done;
        run.Advance(pod, options.Time.GetUtcNow());
        if (!await ReportAsync(pod, run, node, cancellation))
            return ReconcileResult.Done;
        if (run.IsStopped)
            await ReleaseAsync(pod, run, cancellation);
        return run.Due is { } due ? ReconcileResult.After(due - options.Time.GetUtcNow()) : ReconcileResult.Done;
    }

    /// <returns>Whether the pod is still there to report on.</returns>
    private async Task<bool> ReportAsync(V1Pod pod, PodRun run, V1Node node, CancellationToken cancellation)
    {
        bool isStopping = pod.Metadata.DeletionTimestamp is not null && !run.IsStopped;
        if (!run.IsWorthReporting || isStopping)
            return true;
        string? host = node.Status?.Addresses?.FirstOrDefault(a => a.Type == "InternalIP")?.Address;
        var status = Kinds.ToJson(PodStatusReport.Of(pod, run, host, options.Time.GetUtcNow(), options.ReportedImageId))!;
        if (JsonNode.DeepEquals(status, run.Reported))
            return true;
        var patch = Patch.Merge(new() { ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid }, ["status"] = status.DeepClone() });
        var result = await pods.PatchAsync(ObjectKey.Of(pod.Metadata), patch, "status", cancellation);
        if (result is ApiResult<V1Pod>.NotFound or ApiResult<V1Pod>.Invalid)
            return false;
        result.RequiredOf(pod);
        run.Reported = status;
        run.WasReported();
        return true;
    }

    private async Task ReleaseAsync(V1Pod pod, PodRun run, CancellationToken cancellation)
    {
        var result = await pods.DeleteAsync(ObjectKey.Of(pod.Metadata), new() { Uid = run.Uid, GracePeriodSeconds = 0 }, cancellation);
        if (result is not (ApiResult<Deleted>.Ok or ApiResult<Deleted>.NotFound or ApiResult<Deleted>.Conflict))
            throw new ApiUnavailableException($"delete {ObjectKey.Of(pod.Metadata)}: {result}");
        run.IsReleased = true;
    }

    private Kubelet Of(string node) => kubelets.GetOrAdd(node, name => new(name, registry, logs, events, options));
}
