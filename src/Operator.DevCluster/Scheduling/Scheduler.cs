using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Scheduling;

/// <summary>Gives each pending pod the node with the fewest pods among those that it fits, or says why there is none.</summary>
internal sealed class Scheduler(ClusterCache cache, KubernetesConnection connection, EventRecorder events, TimeProvider time) : IReconciler<ObjectKey>
{
    private const string ConditionType = "PodScheduled";

    /// <summary>How soon to look again when a node turned out to have changed.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);
    private readonly ResourceApi<V1Node> nodes = new(connection, Kinds.Nodes);
    private readonly Lock gate = new();

    /// <summary>Nodes of pods whose binding the cache does not show yet, by UID.</summary>
    private readonly Dictionary<string, string> assumed = [];

    public static bool IsPending(V1Pod pod) =>
        pod.Spec.NodeName is null or "" && pod.IsActive() && pod.Spec.SchedulerName is null or "" or "default-scheduler";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.Pods.Store.Get(key) is not { } pod || !IsPending(pod) || pod.Spec.SchedulingGates is { Count: > 0 })
            return ReconcileResult.Done;
        if (Choose(pod, out string why) is not { } node)
        {
            await ReportAsync(pod, why, cancellation);
            return ReconcileResult.Done;
        }
        if (!await FitsAsync(pod, node, cancellation))
        {
            Unassume(pod);
            return ReconcileResult.After(Soon);
        }
        await BindAsync(pod, node, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>What the cache has come to show need not be assumed any more.</summary>
    public void Follow(Change<V1Pod> change)
    {
        if (change.Now is { Spec.NodeName: null or "" })
            return;
        Unassume(change.Any);
    }

    private string? Choose(V1Pod pod, out string why)
    {
        var known = cache.Nodes.Store.All.Where(n => n.Metadata.DeletionTimestamp is null).ToList();
        lock (gate)
        {
            // One that was bound a moment ago: the cache does not show it yet.
            if (assumed.TryGetValue(pod.Metadata.Uid, out string? already))
            {
                why = "";
                return already;
            }
            var judged = known.Select(n => (Node: n, Pods: Load(n.Metadata.Name)))
                .Select(n => (n.Node, n.Pods, Misfit: NodeFit.Unsupported(pod) ?? NodeFit.Misfit(pod, n.Node, n.Pods))).ToList();
            var best = judged.Where(n => n.Misfit is null).OrderBy(n => n.Pods).ThenBy(n => n.Node.Metadata.Name, StringComparer.Ordinal).FirstOrDefault().Node;
            why = best is null ? Explain([.. judged.Select(n => n.Misfit!)]) : "";
            if (best is not null)
                assumed[pod.Metadata.Uid] = best.Metadata.Name;
            return best?.Metadata.Name;
        }
    }

    /// <summary>How many pods are on a node; one that is both known and assumed is one.</summary>
    private int Load(string node)
    {
        lock (gate)
            return cache.PodsOn(node).Where(p => !p.IsFinished()).Select(p => p.Metadata.Uid).Union(assumed.Where(a => a.Value == node).Select(a => a.Key)).Count();
    }

    private static string Explain(IReadOnlyList<string> misfits)
    {
        if (misfits.Count == 0)
            return "no nodes available to schedule pods";
        var reasons = misfits.GroupBy(m => m).Select(g => $"{g.Count()} {g.Key}").Order(StringComparer.Ordinal);
        return $"0/{misfits.Count} nodes are available: {string.Join(", ", reasons)}. no new claims to deallocate, "
            + $"preemption: 0/{misfits.Count} nodes are available: {misfits.Count} Preemption is not helpful for scheduling.";
    }

    /// <summary>Asks the server itself: a node that was just cordoned shall get no pod because a watch is behind.</summary>
    private async Task<bool> FitsAsync(V1Pod pod, string node, CancellationToken cancellation) =>
        await nodes.GetAsync(new("", node), cancellation) is ApiResult<V1Node>.Ok { Value: var live } && NodeFit.Misfit(pod, live, Load(node) - 1) is null;

    private void Unassume(V1Pod pod)
    {
        lock (gate)
            assumed.Remove(pod.Metadata.Uid);
    }

    private async Task BindAsync(V1Pod pod, string node, CancellationToken cancellation)
    {
        JsonObject binding = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.NamespaceProperty, ["uid"] = pod.Metadata.Uid },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
        };
        var result = await pods.CreateAsync(ObjectKey.Of(pod.Metadata), "binding", binding, cancellation);
        if (result is ApiResult<Created>.Ok)
        {
            events.Normal(pod, "Scheduled", $"Successfully assigned {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} to {node}");
            return;
        }
        // Gone, or bound by somebody else: what the cache will show decides.
        Unassume(pod);
        if (result is not (ApiResult<Created>.NotFound or ApiResult<Created>.Conflict))
            throw new ApiUnavailableException($"bind {ObjectKey.Of(pod.Metadata)}: {result}");
    }

    private async Task ReportAsync(V1Pod pod, string why, CancellationToken cancellation)
    {
        if (pod.Condition(ConditionType) is { Status: "False" } known && known.Message == why)
            return;
        events.Warning(pod, "FailedScheduling", why);
        var condition = new V1PodCondition
        {
            Type = ConditionType,
            Status = "False",
            Reason = "Unschedulable",
            Message = why,
            LastTransitionTime = pod.Condition(ConditionType)?.LastTransitionTime ?? time.GetUtcNow().WholeSecond(),
        };
        var others = (pod.Status?.Conditions ?? []).Where(c => c.Type != ConditionType);
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["resourceVersion"] = pod.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["conditions"] = Kinds.ToJson(others.Append(condition)) },
        });
        if (await pods.PatchAsync(ObjectKey.Of(pod.Metadata), patch, "status", cancellation) is not (ApiResult<V1Pod>.NotFound or ApiResult<V1Pod>.Invalid) and var result)
            result.RequiredOf(pod);
    }
}
