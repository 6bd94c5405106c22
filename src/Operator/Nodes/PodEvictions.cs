using System.Text.Json.Nodes;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Nodes;

/// <summary>Evicts pods of a node that is drained. The API server asks the disruption budgets, and says no in several ways.</summary>
internal sealed class PodEvictions(ClusterCache cache)
{
    /// <summary>How a kube-apiserver refuses a pod that two budgets select: as an internal error (EvictionREST).</summary>
    private const string TwoBudgets = "more than one PodDisruptionBudget";

    public async Task<ActResult> EvictAsync(ObjectKey key, string uid, CancellationToken cancellation)
    {
        // An eviction of another pod of this name would be refused, but only after its budget was spent.
        var found = await cache.Pods.Api.GetAsync(key, cancellation);
        if (found is not ApiResult<Pod>.Ok { Value.Metadata: var metadata } || metadata.Uid != uid || metadata.DeletionTimestamp is not null)
            return found is ApiResult<Pod>.Forbidden forbidden ? new ActResult.Refused(forbidden.Message) : new ActResult.Done();
        try
        {
            return await cache.Pods.Api.CreateAsync(key, "eviction", Eviction(key, uid), cancellation) switch
            {
                ApiResult<Created>.Ok or ApiResult<Created>.NotFound or ApiResult<Created>.Conflict => new ActResult.Done(),
                ApiResult<Created>.Throttled { DisruptionBudget: true } budget => new ActResult.Held(budget.Message),
                // Fairness: the API server has no time now. It is no answer about this pod.
                ApiResult<Created>.Throttled busy => throw new ApiUnavailableException(busy.Message) { RetryAfter = busy.RetryAfter },
                ApiResult<Created>.Forbidden { Message: var why } when why.Contains("poddisruptionbudgets", StringComparison.Ordinal) => new ActResult.Held(why),
                ApiResult<Created>.Forbidden refused => new ActResult.Refused(refused.Message),
                ApiResult<Created>.Invalid invalid => new ActResult.Held(invalid.Message),
                var other => throw new ApiUnavailableException($"the API server answered {other}"),
            };
        }
        catch (ApiUnavailableException failure) when (failure.Message.Contains(TwoBudgets, StringComparison.Ordinal))
        {
            return new ActResult.Held("more than one PodDisruptionBudget selects it, which evictions do not support");
        }
    }

    private static JsonObject Eviction(ObjectKey key, string uid) => new()
    {
        ["apiVersion"] = "policy/v1",
        ["kind"] = "Eviction",
        ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace },
        ["deleteOptions"] = new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = uid } },
    };
}
