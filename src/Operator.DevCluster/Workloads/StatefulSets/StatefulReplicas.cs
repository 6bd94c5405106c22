using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Workloads.Revisions;

namespace Operator.DevCluster.Workloads.StatefulSets;

/// <summary>The pods of a StatefulSet by their ordinals, and the revisions that they are made from.</summary>
/// <param name="Set">The StatefulSet.</param>
/// <param name="Revisions">All revisions.</param>
/// <param name="Current">The revision below the partition of a rollout.</param>
/// <param name="Pods">All its pods.</param>
internal sealed record StatefulReplicas(V1StatefulSet Set, RevisionList Revisions, V1ControllerRevision Current, IReadOnlyList<V1Pod> Pods)
{
    public V1ControllerRevision Update => Revisions.Update;

    public bool IsOrdered => Set.Spec.PodManagementPolicy != "Parallel";

    public bool IsRollingUpdate => Set.Spec.UpdateStrategy?.Type is null or "RollingUpdate";

    /// <summary>Ordinals below it stay at the current revision.</summary>
    public int FirstToUpdate => Start + (Set.Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0);

    /// <summary>What should be, from the lowest ordinal on; null where there is no such pod.</summary>
    public IEnumerable<(int Ordinal, V1Pod? Pod)> Wanted =>
        Enumerable.Range(Start, Count).Select(ordinal => (ordinal, Pods.FirstOrDefault(p => p.Metadata.Name == StatefulPod.NameOf(Set, ordinal))));

    /// <summary>What should not be, from the highest ordinal on.</summary>
    public IReadOnlyList<V1Pod> Condemned =>
        [.. Pods.Where(p => Ordinal(p) < Start || Ordinal(p) >= Start + Count).OrderByDescending(Ordinal)];

    private int Start => Set.Spec.Ordinals?.Start ?? 0;

    private int Count => Set.Spec.Replicas ?? 1;

    /// <summary>The pod that a missing ordinal gets: below the partition one of the current revision, whatever the template says by now.</summary>
    public V1Pod Make(int ordinal) => StatefulPod.PodOf(Set, ordinal, IsRollingUpdate && ordinal < FirstToUpdate ? Current : Update);

    public bool IsAvailable(V1Pod pod, DateTimeOffset now) => !pod.IsGoing() && pod.IsAvailable(Set.Spec.MinReadySeconds ?? 0, now);

    public V1StatefulSetStatus Status(DateTimeOffset now)
    {
        var alive = Pods.Where(p => !p.IsGoing()).ToList();
        int ready = Pods.Count(p => p.Status?.Phase == "Running" && p.IsReady());
        int current = alive.Count(p => p.Revision() == Current.Metadata.Name), updated = alive.Count(p => p.Revision() == Update.Metadata.Name);
        bool isComplete = IsRollingUpdate && updated == Count && ready == Count && Pods.Count == Count;
        return new()
        {
            ObservedGeneration = Set.Metadata.Generation,
            Replicas = Pods.Count,
            ReadyReplicas = NoneIsNull(ready),
            AvailableReplicas = Pods.Count(p => p.Status?.Phase == "Running" && p.IsAvailable(Set.Spec.MinReadySeconds ?? 0, now)),
            CurrentReplicas = NoneIsNull(isComplete ? updated : current),
            UpdatedReplicas = NoneIsNull(updated),
            CurrentRevision = (isComplete ? Update : Current).Metadata.Name,
            UpdateRevision = Update.Metadata.Name,
            CollisionCount = Revisions.Collisions,
            Conditions = Set.Status?.Conditions,
        };
    }

    private static int? NoneIsNull(int count) => count == 0 ? null : count;

    private int Ordinal(V1Pod pod) => StatefulPod.OrdinalOf(Set, pod)!.Value;
}
