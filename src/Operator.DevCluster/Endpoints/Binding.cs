using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>pods/binding: gives a pod its node, once, and says so in its status.</summary>
internal sealed class Binding(ObjectRegistry registry, TimeProvider time)
{
    public ApiResponse Create(ApiRequest request)
    {
        var body = request.RequireObject();
        if (body.TextAt("target", "name") is not { Length: > 0 } node)
            throw new StatusException(ApiStatus.Invalid("", "Binding", request.Name, [StatusCause.Required("target.name")]));
        registry.Update(request.Target, new(request.Namespace, request.Name), pod => Bound(request, pod, node, body.Uid), RequestOptions.Write(request));
        return ApiResponse.Of(new(201, "", ""));
    }

    private JsonObject Bound(ApiRequest request, JsonObject pod, string node, string uid)
    {
        string? refused =
            uid.Length > 0 && uid != pod.Uid ? $"Precondition failed: UID in precondition: {uid}, UID in object meta: {pod.Uid}"
            : pod.IsTerminating ? $"pod {pod.Name} is being deleted, cannot be assigned to a host"
            : pod.TextAt("spec", "nodeName") is { Length: > 0 } assigned ? $"pod {pod.Name} is already assigned to node \"{assigned}\""
            : null;
        if (refused is not null)
            throw new StatusException(ApiStatus.Conflict(request.Target.GroupResource, request.Name, refused));
        pod.Ensure("spec")["nodeName"] = node;
        var status = pod.Ensure("status");
        JsonArray conditions = [.. pod.Items("status", "conditions").Where(c => c.Text("type") != "PodScheduled").Select(c => c.DeepClone())];
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = Unstructured.Timestamp(time.GetUtcNow()),
        });
        status["conditions"] = conditions;
        return pod;
    }
}
