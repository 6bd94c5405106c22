using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.DaemonSets;

/// <summary>What the status of a DaemonSet tells of its nodes.</summary>
internal static class DaemonSetStatus
{
    public static V1DaemonSetStatus Of(V1DaemonSet set, IReadOnlyList<DaemonNode> nodes, string hash, int collisions, DateTimeOffset now)
    {
        var wanted = nodes.Where(n => n.ShouldRun).ToList();
        var pods = wanted.Select(n => n.Pods.FirstOrDefault()).OfType<V1Pod>().ToList();
        int available = pods.Count(p => p.IsAvailable(set.Spec.MinReadySeconds ?? 0, now));
        return new()
        {
            DesiredNumberScheduled = wanted.Count,
            CurrentNumberScheduled = pods.Count,
            NumberMisscheduled = nodes.Count(n => !n.ShouldRun && n.Pods.Count > 0),
            NumberReady = pods.Count(V1.IsReady),
            UpdatedNumberScheduled = NoneIsNull(pods.Count(p => p.Revision() == hash)),
            NumberAvailable = NoneIsNull(available),
            NumberUnavailable = NoneIsNull(wanted.Count - available),
            ObservedGeneration = set.Metadata.Generation,
            CollisionCount = collisions == 0 ? set.Status?.CollisionCount : collisions,
            Conditions = set.Status?.Conditions,
        };
    }

    private static int? NoneIsNull(int count) => count == 0 ? null : count;
}
