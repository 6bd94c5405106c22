using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>pods/eviction: a deletion that asks the pod's disruption budget first (EvictionREST of kube-apiserver).</summary>
internal sealed class Evicting(ObjectRegistry registry, ObjectDeletion deletion, TimeProvider time)
{
    private readonly EvictionBudget budget = new(registry, time);

    public ApiResponse Create(ApiRequest request)
    {
        var body = request.RequireObject();
        if ((body.Text("apiVersion") ?? EvictionBudget.GroupVersion) is not (EvictionBudget.GroupVersion or "policy/v1beta1"))
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"the API version in the data ({body.ApiVersion}) does not match the expected API version ({EvictionBudget.GroupVersion})"));
        }
        if (body.Name != request.Name)
            throw new StatusException(ApiStatus.BadRequest("name in URL does not match name in Eviction object"));
        bool dryRun = RequestOptions.Write(request).DryRun;
        var options = body["deleteOptions"] is JsonObject given ? RequestOptions.Delete(given) : new();
        Evict(request.Target, new(request.Namespace, request.Name), options with { DryRun = dryRun || options.DryRun });
        return ApiResponse.Of(new(201, "", ""));
    }

    private void Evict(ResourceDefinition pods, ObjectName name, DeleteOptions options)
    {
        while (true)
        {
            var pod = registry.Get(pods, name);
            bool isGuarded = IsPending(pod.Json);
            if (!isGuarded && !IsOver(pod.Json))
            {
                EvictWithinBudget(pods, pod, options);
                return;
            }
            // What has not begun to run might become Ready meanwhile, and then counts.
            if (TryDelete(pods, pod, isGuarded, options))
                return;
        }
    }

    private void EvictWithinBudget(ResourceDefinition pods, StoredObject pod, DeleteOptions options)
    {
        var (selecting, isSpent) = budget.Spend(pod.Json, options.DryRun);
        bool isGuarded = selecting is not null && !isSpent;
        if (!TryDelete(pods, pod, isGuarded, options))
            throw new StatusException(EvictionBudget.StillBeingProcessed(selecting!));
    }

    /// <param name="isGuarded">Whether the pod must still be as it was when it was judged.</param>
    /// <returns>False if it is not.</returns>
    private bool TryDelete(ResourceDefinition pods, StoredObject pod, bool isGuarded, DeleteOptions options)
    {
        isGuarded &= options.ResourceVersion is null;
        try
        {
            Delete(pods, pod.Name, isGuarded ? options with { ResourceVersion = pod.Json.ResourceVersion } : options);
            return true;
        }
        catch (StatusException refused) when (isGuarded && refused.Status.Reason == "Conflict" && registry.Store.Get(pods.StorageKey, pod.Name) != pod)
        {
            return false;
        }
    }

    private void Delete(ResourceDefinition pods, ObjectName name, DeleteOptions options)
    {
        if (!options.DryRun)
        {
            var marked = registry.Update(pods, name, json => Marked(pods, json, options), new() { Subresource = "eviction" });
            if (options.ResourceVersion is not null)
                options = options with { ResourceVersion = marked.Json.ResourceVersion };
        }
        deletion.Delete(pods, name, options);
    }

    /// <summary>The pod says why it goes before it does.</summary>
    private JsonObject Marked(ResourceDefinition pods, JsonObject pod, DeleteOptions options)
    {
        ObjectDeletion.CheckPreconditions(pods, pod, options);
        var conditions = pod.Items("status", "conditions").ToList();
        var present = conditions.Find(c => c.Text("type") == "DisruptionTarget");
        JsonObject target = new()
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = present?.Text("status") == "True" ? present["lastTransitionTime"]?.DeepClone() : Unstructured.Timestamp(time.GetUtcNow()),
            ["reason"] = "EvictionByEvictionAPI",
            ["message"] = "Eviction API: evicting",
        };
        JsonArray next = [.. conditions.Select(c => c == present ? target : c.DeepClone())];
        if (present is null)
            next.Add((JsonNode)target);
        pod.Ensure("status")["conditions"] = next;
        return pod;
    }

    private static bool IsPending(JsonObject pod) => pod.TextAt("status", "phase") == "Pending" && !pod.IsTerminating;

    private static bool IsOver(JsonObject pod) => pod.TextAt("status", "phase") is "Succeeded" or "Failed" || pod.IsTerminating;
}
