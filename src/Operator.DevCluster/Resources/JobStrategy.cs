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

    public override IEnumerable<StatusCause> Validate(JsonObject json) => [.. base.Validate(json), .. RestartPolicy(json, "spec.template.spec.restartPolicy", "spec", "template", "spec")];

    /// <summary>What restarts for ever is never done.</summary>
    public static IEnumerable<StatusCause> RestartPolicy(JsonObject json, string field, params ReadOnlySpan<string> podSpec) =>
        (json.At(podSpec) as JsonObject)?.Text("restartPolicy") is { } policy and not ("OnFailure" or "Never")
            ? [StatusCause.NotSupported(field, $"\"{policy}\"", "OnFailure", "Never")]
            : [];

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        foreach (var cause in base.ValidateUpdate(json, old))
            yield return cause;
        foreach (string key in (string[])["completions", "template", "completionMode"])
        {
            if (!JsonNode.DeepEquals(json.At("spec", key), old.At("spec", key)))
                yield return StatusCause.Invalid($"spec.{key}", json.At("spec", key)?.ToJsonString() ?? "null", "field is immutable");
        }
    }
}
