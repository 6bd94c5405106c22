using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Workloads.Revisions;

namespace Operator.DevCluster.Workloads.DaemonSets;

/// <summary>The pod of a DaemonSet for one node. The scheduler binds it, and its affinity leaves no other node.</summary>
internal static class DaemonPodTemplate
{
    private const string NameField = "metadata.name";

    private static readonly (string Key, string Effect)[] Tolerated =
    [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    public static V1Pod PodOf(V1DaemonSet set, string node, string hash)
    {
        var pod = PodTemplates.PodOf(set.Spec.Template, set);
        pod.Metadata.Labels = new Dictionary<string, string>(pod.Metadata.Labels) { [RevisionHistory<V1DaemonSet>.PodLabel] = hash };
        pod.Spec.Affinity ??= new();
        pod.Spec.Affinity.NodeAffinity ??= new();
        // Which labels the node must have was asked when it was chosen.
        pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = new()
        {
            NodeSelectorTerms = [new() { MatchFields = [new() { Key = NameField, OperatorProperty = "In", Values = [node] }] }],
        };
        pod.Spec.Tolerations = [.. Tolerations(pod.Spec)];
        return pod;
    }

    public static IEnumerable<V1Toleration> Tolerations(V1PodSpec spec)
    {
        var added = spec.HostNetwork is true ? Tolerated.Append(("node.kubernetes.io/network-unavailable", "NoSchedule")) : Tolerated;
        return (spec.Tolerations ?? []).Concat(added
            .Where(t => spec.Tolerations?.Any(o => o.Key == t.Item1 && o.Effect == t.Item2) is not true)
            .Select(t => new V1Toleration { Key = t.Item1, OperatorProperty = "Exists", Effect = t.Item2 }));
    }

    /// <summary>The node that a pod is on, or is meant for while it is not bound yet.</summary>
    public static string? NodeOf(V1Pod pod) => pod.Spec.NodeName is { Length: > 0 } node
        ? node
        : pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms
            .SelectMany(t => t.MatchFields ?? []).FirstOrDefault(f => f is { Key: NameField, Values: [_] })?.Values[0];

    public static string? Revision(this V1Pod pod) => pod.Metadata.Label(RevisionHistory<V1DaemonSet>.PodLabel);
}
