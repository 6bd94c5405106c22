using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Selectors;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>The scale subresource: autoscaling/v1 Scale as a view of the replicas of a workload.</summary>
internal sealed class Scaling(ObjectRegistry registry)
{
    public ApiResponse Get(ApiRequest request) =>
        ApiResponse.Of(200, Of(registry.Get(request.Target, new(request.Namespace, request.Name)).Json, request.Target));

    /// <param name="change">Makes the new Scale out of the present one.</param>
    public ApiResponse Update(ApiRequest request, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        var updated = registry.Update(request.Target, new(request.Namespace, request.Name), json =>
        {
            var scale = change(Of(json, request.Target));
            long replicas = scale.NumberAt("spec", "replicas") ?? 0;
            if (replicas < 0 && !request.Target.IsCustom)
            {
                throw new StatusException(ApiStatus.Invalid(
                    "autoscaling", "Scale", request.Name, [StatusCause.Invalid("spec.replicas", $"{replicas}", "must be greater than or equal to 0")]));
            }
            Set(json, request.Target.Scale!.SpecReplicas, replicas);
            json.EnsureMetadata().Take("resourceVersion", scale.Metadata);
            return json;
        }, options);
        return ApiResponse.Of(200, Of(updated.Json, request.Target));
    }

    /// <summary>What an applied Scale says about the workload itself.</summary>
    public static JsonObject Configuration(JsonObject scale, ResourceDefinition resource)
    {
        JsonObject configuration = new() { ["apiVersion"] = resource.GroupVersion, ["kind"] = resource.Kind };
        if (scale.NumberAt("spec", "replicas") is { } replicas)
            Set(configuration, resource.Scale!.SpecReplicas, replicas);
        return configuration;
    }

    public static JsonObject Of(JsonObject json, ResourceDefinition resource)
    {
        JsonObject metadata = [];
        foreach (string key in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
            metadata.Take(key, json.Metadata);
        var paths = resource.Scale!;
        JsonObject status = new() { ["replicas"] = json.At(paths.StatusReplicas.Split('.'))?.DeepClone() ?? 0 };
        if (Selector(json, paths) is { Length: > 0 } selector)
            status["selector"] = selector;
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = json.At(paths.SpecReplicas.Split('.'))?.DeepClone() ?? 0 },
            ["status"] = status,
        };
    }

    /// <summary>Builtin workloads have a selector in their spec, custom ones say where its text stands.</summary>
    private static string Selector(JsonObject json, ScalePaths paths) => paths.LabelSelector is { } path
        ? json.TextAt(path.Split('.'))
        : json.At("spec", "selector") is JsonObject selector ? LabelSelector.FromJson(selector).ToString() : "";

    private static void Set(JsonObject json, string path, long replicas)
    {
        string[] keys = path.Split('.');
        foreach (string key in keys[..^1])
            json = json.Ensure(key);
        json[keys[^1]] = replicas;
    }
}
