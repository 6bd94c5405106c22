using System.Globalization;
using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Which pods go first when there are too many (ActivePodsWithRanks of kube-controller-manager).</summary>
internal sealed class PodRanking(IReadOnlyDictionary<string, int> podsOfNode) : IComparer<V1Pod>
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    /// <param name="related">The active pods of all controllers of the same owner: where several of them share a node, one goes rather than where it is alone.</param>
    public static IReadOnlyList<V1Pod> FirstToGo(IEnumerable<V1Pod> active, IEnumerable<V1Pod> related) =>
        [.. active.Order(new PodRanking(related.GroupBy(p => p.Spec.NodeName ?? "").ToDictionary(g => g.Key, g => g.Count())))];

    public int Compare(V1Pod? left, V1Pod? right)
    {
        foreach (int order in Orders(left!, right!))
        {
            if (order != 0)
                return order;
        }
        return 0;
    }

    private IEnumerable<int> Orders(V1Pod left, V1Pod right)
    {
        yield return IsAssigned(left).CompareTo(IsAssigned(right));
        yield return Phase(left).CompareTo(Phase(right));
        yield return left.IsReady().CompareTo(right.IsReady());
        yield return Cost(left).CompareTo(Cost(right));
        yield return podsOfNode.GetValueOrDefault(right.Spec.NodeName ?? "").CompareTo(podsOfNode.GetValueOrDefault(left.Spec.NodeName ?? ""));
        if (left.IsReady() && right.IsReady())
            yield return Nullable.Compare(ReadySince(right), ReadySince(left));
        yield return Restarts(right).CompareTo(Restarts(left));
        yield return Nullable.Compare(right.Metadata.CreationTimestamp, left.Metadata.CreationTimestamp);
    }

    private static bool IsAssigned(V1Pod pod) => pod.Spec.NodeName is { Length: > 0 };

    private static int Phase(V1Pod pod) => pod.Status?.Phase switch { "Pending" => 0, "Unknown" => 1, _ => 2 };

    private static int Cost(V1Pod pod) =>
        int.TryParse(pod.Metadata.Annotation(DeletionCost), CultureInfo.InvariantCulture, out int cost) ? cost : 0;

    private static DateTime? ReadySince(V1Pod pod) => pod.Condition("Ready")?.LastTransitionTime;

    private static int Restarts(V1Pod pod) => pod.Status?.ContainerStatuses?.Select(c => c.RestartCount).DefaultIfEmpty().Max() ?? 0;
}
