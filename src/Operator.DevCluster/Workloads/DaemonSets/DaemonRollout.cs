using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.DaemonSets;

/// <summary>Which pods of an old template go now, so that never more nodes than allowed are without one that is available.</summary>
internal static class DaemonRollout
{
    public static IReadOnlyList<V1Pod> Outdated(V1DaemonSet set, IReadOnlyList<DaemonNode> nodes, string hash, DateTimeOffset now)
    {
        int unavailable = 0;
        List<V1Pod> broken = [], candidates = [];
        foreach (var node in nodes.Where(n => n.ShouldRun || n.Pods.Count > 0))
        {
            switch (node.ByRevision(hash))
            {
                case ({ } current, null) when IsAvailable(current):
                    break;
                case (null, { } old) when IsAvailable(old):
                    candidates.Add(old);
                    break;
                case (null, { } old):
                    // It is of no use as it is: replacing it takes nothing away.
                    broken.Add(old);
                    unavailable++;
                    break;
                default:
                    unavailable++;
                    break;
            }
        }
        return [.. broken, .. candidates.Take(Math.Max(0, MaxUnavailable(set, nodes.Count(n => n.ShouldRun)) - unavailable))];

        bool IsAvailable(V1Pod pod) => pod.IsAvailable(set.Spec.MinReadySeconds ?? 0, now);
    }

    private static int MaxUnavailable(V1DaemonSet set, int wanted) =>
        Math.Max(1, (set.Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable ?? "1").Of(wanted, roundUp: true));
}
