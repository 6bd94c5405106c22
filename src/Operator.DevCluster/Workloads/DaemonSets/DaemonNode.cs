using k8s.Models;
using Operator.DevCluster.Scheduling;

namespace Operator.DevCluster.Workloads.DaemonSets;

/// <summary>One node as a DaemonSet sees it.</summary>
/// <param name="Name">The node.</param>
/// <param name="ShouldRun">Whether it wants a pod there.</param>
/// <param name="ShouldContinue">Whether a pod that is there may stay.</param>
/// <param name="Pods">Its pods there, the oldest first.</param>
internal sealed record DaemonNode(string Name, bool ShouldRun, bool ShouldContinue, IReadOnlyList<V1Pod> Pods)
{
    /// <summary>All nodes there are, in a fixed order: two passes over the same state choose the same.</summary>
    public static IReadOnlyList<DaemonNode> All(V1DaemonSet set, IEnumerable<V1Node> nodes, IEnumerable<V1Pod> pods)
    {
        // One that has ended and is being deleted holds nothing any more.
        var byNode = pods.Where(p => !(p.Metadata.DeletionTimestamp is not null && Caching.V1.IsFinished(p)))
            .OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(p => DaemonPodTemplate.NodeOf(p) ?? "");
        return [.. nodes.OrderBy(n => n.Metadata.Name, StringComparer.Ordinal).Select(n => Of(set, n, [.. byNode[n.Metadata.Name]]))];
    }

    /// <summary>The pod of the present template and that of an older one; none if the node has more than it should.</summary>
    public (V1Pod? New, V1Pod? Old)? ByRevision(string hash)
    {
        var alive = Pods.Where(p => p.Metadata.DeletionTimestamp is null).ToLookup(p => p.Revision() == hash);
        return alive[true].Count() > 1 || alive[false].Count() > 1 ? null : (alive[true].FirstOrDefault(), alive[false].FirstOrDefault());
    }

    private static DaemonNode Of(V1DaemonSet set, V1Node node, IReadOnlyList<V1Pod> pods)
    {
        var spec = set.Spec.Template.Spec;
        if (spec.NodeName is { Length: > 0 } only && only != node.Metadata.Name || !spec.Wants(node))
            return new(node.Metadata.Name, false, false, pods);
        V1Pod pod = new() { Spec = new() { Tolerations = [.. DaemonPodTemplate.Tolerations(spec)] } };
        var untolerated = (node.Spec?.Taints ?? []).Where(t => t.Effect is "NoSchedule" or "NoExecute" && !NodeFit.Tolerates(pod, t)).ToList();
        return new(node.Metadata.Name, untolerated.Count == 0, untolerated.All(t => t.Effect != "NoExecute"), pods);
    }
}
