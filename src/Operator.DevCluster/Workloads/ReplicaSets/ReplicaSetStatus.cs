using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Reports the pods of a ReplicaSet in its status, and a failure to make them as a condition.</summary>
internal sealed class ReplicaSetStatus(KubernetesConnection connection)
{
    private const string FailureCondition = "ReplicaFailure";

    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);

    public async Task WriteAsync(V1ReplicaSet set, IReadOnlyList<V1Pod> active, ReplicaFailure? failure, DateTimeOffset now, CancellationToken cancellation)
    {
        var next = Of(set, active, failure, now);
        if (JsonNode.DeepEquals(Kinds.ToJson(next), Kinds.ToJson(set.Status)))
            return;
        JsonObject status = new()
        {
            ["replicas"] = next.Replicas,
            ["fullyLabeledReplicas"] = next.FullyLabeledReplicas,
            ["readyReplicas"] = next.ReadyReplicas,
            ["availableReplicas"] = next.AvailableReplicas,
            ["observedGeneration"] = next.ObservedGeneration,
            ["conditions"] = Kinds.ToJson(next.Conditions),
        };
        var patch = Patch.Merge(new() { ["metadata"] = new JsonObject { ["uid"] = set.Metadata.Uid }, ["status"] = status });
        if (await replicaSets.PatchAsync(ObjectKey.Of(set.Metadata), patch, "status", cancellation) is not (ApiResult<V1ReplicaSet>.NotFound or ApiResult<V1ReplicaSet>.Invalid) and var result)
            result.RequiredOf(set);
    }

    private static V1ReplicaSetStatus Of(V1ReplicaSet set, IReadOnlyList<V1Pod> active, ReplicaFailure? failure, DateTimeOffset now)
    {
        var labels = set.Spec.Template.Metadata?.Labels ?? new Dictionary<string, string>();
        return new()
        {
            Replicas = active.Count,
            FullyLabeledReplicas = NoneIsNull(active.Count(p => labels.All(l => p.Metadata.Label(l.Key) == l.Value))),
            ReadyReplicas = NoneIsNull(active.Count(V1.IsReady)),
            AvailableReplicas = NoneIsNull(active.Count(p => p.IsAvailable(set.Spec.MinReadySeconds ?? 0, now))),
            ObservedGeneration = set.Metadata.Generation,
            Conditions = Conditions(set, failure, now),
        };
    }

    private static int? NoneIsNull(int count) => count == 0 ? null : count;

    private static List<V1ReplicaSetCondition>? Conditions(V1ReplicaSet set, ReplicaFailure? failure, DateTimeOffset now)
    {
        var present = set.Status?.Conditions ?? [];
        List<V1ReplicaSetCondition> next = [.. present.Where(c => c.Type != FailureCondition)];
        if (failure is not null)
        {
            next.Add(present.FirstOrDefault(c => c.Type == FailureCondition && c.Reason == failure.Reason) ?? new()
            {
                Type = FailureCondition,
                Status = "True",
                Reason = failure.Reason,
                Message = failure.Message,
                LastTransitionTime = now.WholeSecond(),
            });
        }
        return next.Count == 0 ? null : next;
    }
}
