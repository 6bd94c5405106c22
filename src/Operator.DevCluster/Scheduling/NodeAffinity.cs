using System.Globalization;
using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Scheduling;

/// <summary>Which nodes a pod wants to be on: its node selector and its required node affinity.</summary>
internal static class NodeAffinity
{
    public static bool Wants(this V1PodSpec pod, V1Node node) =>
        (pod.NodeSelector?.All(l => node.Metadata.Label(l.Key) == l.Value) ?? true)
        && (pod.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms.Any(t => Matches(t, node)) ?? true);

    /// <summary>An empty term matches nothing.</summary>
    private static bool Matches(V1NodeSelectorTerm term, V1Node node)
    {
        var (labels, fields) = (term.MatchExpressions ?? [], term.MatchFields ?? []);
        return labels.Count + fields.Count > 0
            && labels.All(r => Matches(r, node.Metadata.Label(r.Key)))
            && fields.All(r => Matches(r, r.Key == "metadata.name" ? node.Metadata.Name : null));
    }

    private static bool Matches(V1NodeSelectorRequirement requirement, string? value) => requirement.OperatorProperty switch
    {
        "In" => value is not null && requirement.Values.Contains(value),
        "NotIn" => value is null || !requirement.Values.Contains(value),
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Number(value) > Number(requirement.Values[0]),
        "Lt" => Number(value) < Number(requirement.Values[0]),
        _ => false,
    };

    private static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number : null;
}
