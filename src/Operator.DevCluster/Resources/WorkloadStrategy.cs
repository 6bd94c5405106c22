using System.Text.Json.Nodes;
using Operator.DevCluster.Selectors;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Whatever has a selector and a pod template: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs.</summary>
internal class WorkloadStrategy(Action<JsonObject> defaults) : ResourceStrategy
{
    /// <summary>A Deployment counts a change of its annotations as well.</summary>
    public bool AnnotationsCount { get; init; }

    /// <summary>Numbers of the status that are told even while they are 0.</summary>
    public IReadOnlyList<string> Counts { get; init; } = [];

    public override bool CountsGenerations => true;

    public override void Default(JsonObject json)
    {
        var spec = json.Ensure("spec");
        defaults(spec);
        if (spec["template"] is JsonObject template)
        {
            template.Ensure("metadata");
            PodDefaults.Apply(template.Ensure("spec"));
        }
    }

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        json["status"] = new JsonObject(Counts.Select(c => KeyValuePair.Create(c, (JsonNode?)0)));
    }

    public override void PrepareForStatusUpdate(JsonObject json, JsonObject old)
    {
        base.PrepareForStatusUpdate(json, old);
        json.EnsureMetadata().Take("labels", old.Metadata);
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        if (json.At("spec", "selector") is not JsonObject { Count: > 0 } selector)
        {
            yield return StatusCause.Required("spec.selector");
            yield break;
        }
        if (json.At("spec", "template") is not JsonObject template)
        {
            yield return StatusCause.Required("spec.template");
            yield break;
        }
        if (!LabelSelector.FromJson(selector).Matches(template.Labels))
        {
            yield return StatusCause.Invalid(
                "spec.template.metadata.labels", template.Labels?.ToJsonString() ?? "null", "`selector` does not match template `labels`");
        }
        foreach (var cause in PodValidation.Validate(template.Ensure("spec"), "spec.template.spec"))
            yield return cause;
    }

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        if (!JsonNode.DeepEquals(json.At("spec", "selector"), old.At("spec", "selector")))
            yield return StatusCause.Invalid("spec.selector", json.At("spec", "selector")?.ToJsonString() ?? "null", "field is immutable");
    }

    protected override bool SameIntent(JsonObject json, JsonObject old) =>
        base.SameIntent(json, old) && (!AnnotationsCount || JsonNode.DeepEquals(json.Annotations, old.Annotations));
}
