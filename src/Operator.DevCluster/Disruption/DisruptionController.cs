using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Disruption;

/// <summary>Works out how many pods of a PodDisruptionBudget may be disrupted now.</summary>
internal sealed class DisruptionController(ClusterCache cache, KubernetesConnection connection, TimeProvider time) : IReconciler<ObjectKey>
{
    private const string ConditionType = "DisruptionAllowed";

    /// <summary>How long an eviction counts that the pod itself does not show.</summary>
    private static readonly TimeSpan EvictionTakes = TimeSpan.FromMinutes(2);

    private readonly ResourceApi<V1PodDisruptionBudget> budgets = new(connection, Kinds.DisruptionBudgets);
    private readonly ExpectedPods expectedPods = new(cache);

    public static IEnumerable<ObjectKey> Of(ClusterCache cache, V1Pod pod) =>
        ClusterCache.InNamespace(cache.DisruptionBudgets, pod.Metadata.NamespaceProperty)
            .Where(b => b.Spec.Selector.Selects(pod.Metadata)).Select(b => ObjectKey.Of(b.Metadata));

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.DisruptionBudgets.Store.Get(key) is not { } budget || budget.Metadata.DeletionTimestamp is not null)
            return ReconcileResult.Done;
        var pods = ClusterCache.InNamespace(cache.Pods, key.Namespace).Where(p => budget.Spec.Selector.Selects(p.Metadata)).ToList();
        var now = time.GetUtcNow();
        var evicted = (budget.Status?.DisruptedPods ?? new Dictionary<string, DateTime?>())
            .Where(e => e.Value + EvictionTakes > now.UtcDateTime && pods.Any(p => p.Metadata.Name == e.Key && p.Metadata.DeletionTimestamp is null))
            .ToDictionary(e => e.Key, e => e.Value);
        int healthy = pods.Count(p => p.IsReady() && p.Metadata.DeletionTimestamp is null && !evicted.ContainsKey(p.Metadata.Name));
        var status = new V1PodDisruptionBudgetStatus
        {
            ObservedGeneration = budget.Metadata.Generation,
            CurrentHealthy = healthy,
            DisruptionsAllowed = 0,
            DisruptedPods = evicted.Count == 0 ? null : evicted,
        };
        string? problem = null;
        if (expectedPods.Of(budget, pods, out string why) is var (expected, desired))
        {
            (status.ExpectedPods, status.DesiredHealthy) = (expected, desired);
            status.DisruptionsAllowed = expected == 0 ? 0 : Math.Max(0, healthy - desired);
        }
        else
        {
            problem = why;
            (status.ExpectedPods, status.DesiredHealthy) = (budget.Status?.ExpectedPods ?? 0, budget.Status?.DesiredHealthy ?? 0);
        }
        status.Conditions = [Condition(budget, status, problem, now)];
        await WriteAsync(budget, status, cancellation);
        return evicted.Count == 0 ? ReconcileResult.Done : ReconcileResult.After(evicted.Values.Min()!.Value + EvictionTakes - now.UtcDateTime);
    }

    private static V1Condition Condition(V1PodDisruptionBudget budget, V1PodDisruptionBudgetStatus status, string? problem, DateTimeOffset now)
    {
        var (allowed, reason) = problem is not null ? ("False", "SyncFailed") : status.DisruptionsAllowed > 0 ? ("True", "SufficientPods") : ("False", "InsufficientPods");
        var before = budget.Status?.Conditions?.FirstOrDefault(c => c.Type == ConditionType);
        return new()
        {
            Type = ConditionType,
            Status = allowed,
            Reason = reason,
            Message = problem ?? "",
            ObservedGeneration = budget.Metadata.Generation,
            LastTransitionTime = before?.Status == allowed ? before.LastTransitionTime : now.WholeSecond(),
        };
    }

    private async Task WriteAsync(V1PodDisruptionBudget budget, V1PodDisruptionBudgetStatus status, CancellationToken cancellation)
    {
        if (JsonNode.DeepEquals(Kinds.ToJson(status), Kinds.ToJson(budget.Status)))
            return;
        var json = (JsonObject)Kinds.ToJson(status)!;
        json["disruptedPods"] ??= null;
        var patch = Patch.Merge(new()
        {
            // An eviction writes the same status: whoever is second looks again.
            ["metadata"] = new JsonObject { ["resourceVersion"] = budget.Metadata.ResourceVersion },
            ["status"] = json,
        });
        if (await budgets.PatchAsync(ObjectKey.Of(budget.Metadata), patch, "status", cancellation) is not ApiResult<V1PodDisruptionBudget>.NotFound and var result)
            result.RequiredOf(budget);
    }
}
