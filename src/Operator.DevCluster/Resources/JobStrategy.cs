using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Jobs: they make their own selector, and their template never changes.</summary>
internal sealed class JobStrategy() : WorkloadStrategy(Workloads.Job)
{
    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        var spec = (JsonObject)json["spec"]!;
        if (spec.Flag("manualSelector"))
            return;
        var labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
        labels["batch.kubernetes.io/controller-uid"] = json.Uid;
        labels["batch.kubernetes.io/job-name"] = json.Name;
        labels["controller-uid"] = json.Uid;
        labels["job-name"] = json.Name;
        spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = json.Uid } };
    }

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        foreach (var cause in base.ValidateUpdate(json, old))
            yield return cause;
        if (!JsonNode.DeepEquals(json.At("spec", "template"), old.At("spec", "template")))
            yield return StatusCause.Invalid("spec.template", json.At("spec", "template")?.ToJsonString() ?? "null", "field is immutable");
    }
}
