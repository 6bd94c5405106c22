using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>StatefulSets: most of what they are made of never changes.</summary>
internal sealed class StatefulSetStrategy() : WorkloadStrategy(Workloads.StatefulSet)
{
    private static readonly string[] Mutable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        if (!JsonNode.DeepEquals(Fixed(json), Fixed(old)))
        {
            yield return StatusCause.Forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }

    private static JsonObject Fixed(JsonObject json)
    {
        var spec = ((JsonObject)json["spec"]!).Clone();
        foreach (string key in Mutable)
            spec.Remove(key);
        return spec;
    }
}
