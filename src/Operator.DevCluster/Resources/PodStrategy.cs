using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Pods: an almost immutable spec, and deletions that the kubelet finishes.</summary>
internal sealed class PodStrategy : ResourceStrategy
{
    private const string Immutable =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public override bool CountsGenerations => true;
    public override bool DeletesGracefully => true;
    public override bool HasSelectableFields => true;

    public override void Default(JsonObject json)
    {
        var spec = json.Ensure("spec");
        PodDefaults.Apply(spec);
        spec.Default("enableServiceLinks", true);
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Text("serviceAccountName")!);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        spec.Default("priority", spec.Text("priorityClassName") switch
        {
            "system-node-critical" => 2000001000,
            "system-cluster-critical" => 2000000000,
            _ => 0,
        });
    }

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        json["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass(json) };
    }

    public override void PrepareForStatusUpdate(JsonObject json, JsonObject old)
    {
        json.Take("spec", old);
        json.EnsureMetadata().Take("ownerReferences", old.Metadata);
        (json["status"] as JsonObject)?.Default("qosClass", old.TextAt("status", "qosClass"));
    }

    public override long GracePeriodSeconds(JsonObject json, long? requested)
    {
        if (json.TextAt("spec", "nodeName").Length == 0 || json.TextAt("status", "phase") is "Failed" or "Succeeded")
            return 0;
        long period = requested ?? (json["spec"] as JsonObject)?.Number("terminationGracePeriodSeconds") ?? 0;
        return period < 0 ? 1 : period;
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json) => PodValidation.Validate((JsonObject)json["spec"]!, "spec");

    public override IEnumerable<StatusCause> ValidateChange(JsonObject json, JsonObject old, string subresource) =>
        subresource == "resize" ? [.. Validate(json), .. PodResize.Validate(json, old)] : base.ValidateChange(json, old, subresource);

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        if (JsonNode.DeepEquals(json["spec"], old["spec"]))
            yield break;
        foreach (string list in (string[])["containers", "initContainers"])
        {
            if (json.Items("spec", list).Count() != old.Items("spec", list).Count())
            {
                yield return StatusCause.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
                yield break;
            }
        }
        var (next, before) = (WithoutMutable(json, old), WithoutMutable(old, old));
        if (!JsonNode.DeepEquals(next, before) || !KeepsTolerations(json, old))
            yield return StatusCause.Forbidden("spec", Immutable);
    }

    public override string? SelectableField(JsonObject json, string path) => path switch
    {
        "spec.nodeName" or "spec.restartPolicy" or "spec.schedulerName" or "spec.serviceAccountName" or "status.phase"
            or "status.podIP" or "status.nominatedNodeName" => json.TextAt(path.Split('.')),
        _ => base.SelectableField(json, path),
    };

    /// <summary>The spec as far as it may not change. Binding a pod to a node, which has its own subresource, is allowed here.</summary>
    private static JsonObject WithoutMutable(JsonObject json, JsonObject old)
    {
        var spec = (JsonObject)json["spec"]!.DeepClone();
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")))
            container.Remove("image");
        spec.Remove("activeDeadlineSeconds");
        spec.Remove("tolerations");
        if (old.TextAt("spec", "nodeName").Length == 0)
            spec.Remove("nodeName");
        if (((JsonObject)old["spec"]!).Number("terminationGracePeriodSeconds") < 0)
            spec.Remove("terminationGracePeriodSeconds");
        return spec;
    }

    private static bool KeepsTolerations(JsonObject json, JsonObject old) =>
        old.Items("spec", "tolerations").All(kept => json.Items("spec", "tolerations").Any(t => JsonNode.DeepEquals(t, kept)));

    internal static string QosClass(JsonObject json)
    {
        var resources = json.Items("spec", "containers").Concat(json.Items("spec", "initContainers"))
            .Select(c => (Requests: c.At("resources", "requests") as JsonObject, Limits: c.At("resources", "limits") as JsonObject)).ToList();
        if (resources.All(r => r is { Requests: null or { Count: 0 }, Limits: null or { Count: 0 } }))
            return "BestEffort";
        return resources.All(r => r.Limits is { } limits && limits.ContainsKey("cpu") && limits.ContainsKey("memory")
            && (r.Requests is null || r.Requests.All(q => JsonNode.DeepEquals(q.Value, limits[q.Key])))) ? "Guaranteed" : "Burstable";
    }
}
