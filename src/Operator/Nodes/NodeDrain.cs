using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Pod = Operator.Cluster.Pod;

namespace Operator.Nodes;

/// <summary>Which pods leave a node that is drained, and which stay: as kubectl drain chooses, but for what this operator protects or isolates.</summary>
internal static class NodeDrain
{
    private const string Mirror = "kubernetes.io/config.mirror";

    public static (IReadOnlyList<NodePod> Pods, IReadOnlyList<string> Left) Of(ClusterCache cache, OperatorOptions options, string node, IReadOnlyDictionary<string, string> held)
    {
        var pods = cache.Pods.Store.ByIndex(ClusterCache.ByNode, node).Where(p => p.Status.Phase is not ("Succeeded" or "Failed")).ToList();
        return (
            [.. pods.Where(p => WhyLeft(p, options) is null)
                .OrderBy(p => p.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)
                .Select(p => new NodePod(p.Metadata.NamespaceProperty, p.Metadata.Name, p.Metadata.Uid, p.Metadata.DeletionTimestamp is not null, held.GetValueOrDefault(p.Metadata.Uid)))],
            [.. pods.Select(p => WhyLeft(p, options)).OfType<string>().GroupBy(why => why).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}")]);
    }

    /// <summary>Why a pod is not evicted, to be read after a count; null where it is.</summary>
    private static string? WhyLeft(Pod pod, OperatorOptions options) => pod.Metadata switch
    {
        var m when m.Annotation(Mirror) is not null => "of the node itself (static)",
        var m when m.Controller() is { Kind: "DaemonSet" } => "of DaemonSets",
        var m when options.Protects(m.NamespaceProperty) => "of protected namespaces",
        var m when m.Label(WellKnown.QuarantineLabel) is not null => "in quarantine",
        var m when m.Controller() is null => "that nothing would make again",
        _ => null,
    };
}
