using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Selectors;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Whether the PodDisruptionBudget of a pod allows its eviction, and that it is one less then.</summary>
internal sealed class EvictionBudget(ObjectRegistry registry, TimeProvider time)
{
    public const string GroupVersion = "policy/v1";

    private const string Cause = "DisruptionBudget";
    private const string Violated = "Cannot evict pod as it would violate the pod's disruption budget.";
    private const int MostDisruptedPods = 2000;

    private static readonly ResourceDefinition Budgets = Builtins.All.Single(r => r.Kind == "PodDisruptionBudget");

    public static ApiStatus StillBeingProcessed(string budget) => ApiStatus.TooManyRequests(Violated, retryAfterSeconds: 10) with
    {
        Causes = [new(Cause, $"The disruption budget {budget} is still being processed by the server.", "")],
    };

    /// <returns>The budget that selects the pod, null if none does; and whether it was asked, which it is not for a pod that is no loss.</returns>
    public (string? Selecting, bool IsSpent) Spend(JsonObject pod, bool dryRun)
    {
        var selecting = registry.Store.History(Budgets.StorageKey).Latest.State.Values.Where(b => Selects(b.Json, pod)).Take(2).ToList();
        if (selecting.Count == 0)
            return (null, false);
        if (selecting.Count > 1)
            throw new StatusException(ApiStatus.Unknown("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."));
        var budget = selecting[0];
        if (!IsReady(pod) && MayLoseUnready(budget.Json))
            return (budget.Name.Name, false);
        if (dryRun)
            Require(budget.Json);
        else
            registry.Update(Budgets, budget.Name, json => Spent(json, pod.Name), new() { FieldManager = "kube-apiserver", Subresource = "status" });
        return (budget.Name.Name, true);
    }

    private static bool Selects(JsonObject budget, JsonObject pod) =>
        budget.Namespace == pod.Namespace && budget.At("spec", "selector") is JsonObject selector && LabelSelector.FromJson(selector).Matches(pod.Labels);

    private static bool IsReady(JsonObject pod) => pod.Items("status", "conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");

    private static bool MayLoseUnready(JsonObject budget)
    {
        var (healthy, desired) = (Number(budget, "currentHealthy"), Number(budget, "desiredHealthy"));
        return budget.TextAt("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow" || (healthy >= desired && desired > 0);
    }

    private JsonObject Spent(JsonObject budget, string pod)
    {
        Require(budget);
        var status = budget.Ensure("status");
        long left = Number(budget, "disruptionsAllowed") - 1;
        status["disruptionsAllowed"] = left;
        if (left == 0)
            SetInsufficient(status);
        status.Ensure("disruptedPods")[pod] = Unstructured.Timestamp(time.GetUtcNow());
        return budget;
    }

    private static void Require(JsonObject budget)
    {
        if (Number(budget, "observedGeneration") < budget.Generation)
            throw new StatusException(StillBeingProcessed(budget.Name));
        long allowed = Number(budget, "disruptionsAllowed");
        string? forbidden =
            allowed < 0 ? "pdb disruptions allowed is negative"
            : (budget.At("status", "disruptedPods") as JsonObject)?.Count > MostDisruptedPods
                ? "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
            : null;
        if (forbidden is not null)
            throw new StatusException(ApiStatus.Forbidden(new("policy", "poddisruptionbudget"), budget.Name, forbidden));
        if (allowed == 0)
            throw new StatusException(ApiStatus.TooManyRequests(Violated, retryAfterSeconds: 0) with { Causes = [new(Cause, Why(budget), "")] });
    }

    private static string Why(JsonObject budget)
    {
        var refusal = budget.Items("status", "conditions")
            .FirstOrDefault(c => c.Text("type") == "DisruptionAllowed" && c.Text("status") == "False" && c.TextAt("message").Length > 0);
        var (healthy, desired) = (Number(budget, "currentHealthy"), Number(budget, "desiredHealthy"));
        string name = budget.Name;
        if (refusal?.Text("reason") == "SyncFailed")
            return $"The disruption budget {name} does not allow evicting pods currently because it failed sync: {refusal.Text("message")}";
        if (healthy <= desired)
            return $"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently";
        return refusal is null
            ? $"The disruption budget {name} does not allow evicting pods currently"
            : $"The disruption budget {name} does not allow evicting pods currently ({refusal.Text("reason")}): {refusal.Text("message")}";
    }

    private void SetInsufficient(JsonObject status)
    {
        var conditions = status["conditions"] as JsonArray ?? [];
        var present = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == "DisruptionAllowed");
        JsonObject condition = new()
        {
            ["type"] = "DisruptionAllowed",
            ["status"] = "False",
            ["observedGeneration"] = status["observedGeneration"]?.DeepClone(),
            ["lastTransitionTime"] = present?.Text("status") == "False" ? present["lastTransitionTime"]?.DeepClone() : Unstructured.Timestamp(time.GetUtcNow()),
            ["reason"] = "InsufficientPods",
            ["message"] = "",
        };
        if (present is not null)
            conditions[conditions.IndexOf(present)] = condition;
        else
            conditions.Add((JsonNode)condition);
        status["conditions"] = conditions;
    }

    private static long Number(JsonObject budget, string key) => budget.NumberAt("status", key) ?? 0;
}
