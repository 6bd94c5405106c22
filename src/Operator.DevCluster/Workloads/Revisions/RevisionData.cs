using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Revisions;

/// <summary>What a ControllerRevision keeps: the pod template, as a patch that puts it back.</summary>
internal static class RevisionData
{
    public static JsonObject Of(V1PodTemplateSpec template)
    {
        var kept = (JsonObject)Kinds.ToJson(template)!;
        kept["$patch"] = "replace";
        return new() { ["spec"] = new JsonObject { ["template"] = kept } };
    }

    public static bool Holds(this V1ControllerRevision revision, JsonObject data) => JsonNode.DeepEquals(Kinds.ToJson(revision.Data), data);

    public static V1PodTemplateSpec Template(this V1ControllerRevision revision)
    {
        var kept = (JsonObject)Kinds.ToJson(revision.Data)!["spec"]!["template"]!;
        kept.Remove("$patch");
        return Kinds.FromJson<V1PodTemplateSpec>(kept);
    }
}
