using k8s.Models;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>A Deployment with its ReplicaSets: the one of its present template, if there is one, and those of older templates.</summary>
internal sealed record Rollout(V1Deployment Deployment, V1ReplicaSet? New, IReadOnlyList<V1ReplicaSet> Old)
{
    /// <summary>Why the ReplicaSet of the present template could not be made.</summary>
    public string? Refusal { get; init; }
    public int Wanted => Deployment.Spec.Replicas ?? 1;
    public IReadOnlyList<V1ReplicaSet> All => New is null ? Old : [.. Old, New];

    /// <summary>Those that have or want pods.</summary>
    public IReadOnlyList<V1ReplicaSet> Active => [.. All.Where(IsActive)];
    public IReadOnlyList<V1ReplicaSet> ActiveOld => [.. Old.Where(IsActive)];

    /// <summary>Old ones, the oldest first: in this order they are scaled down.</summary>
    public IReadOnlyList<V1ReplicaSet> OldestFirst => [.. Old.OrderBy(r => r.Metadata.CreationTimestamp).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal)];

    public static Rollout Of(V1Deployment deployment, IReadOnlyList<V1ReplicaSet> sets)
    {
        // Should two have the same template, the older one is taken for ever.
        var current = sets.Where(r => PodTemplates.AreEqual(r.Spec.Template, deployment.Spec.Template))
            .OrderBy(r => r.Metadata.CreationTimestamp).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal).FirstOrDefault();
        return new(deployment, current, [.. sets.Where(r => r != current)]);
    }

    /// <summary>The same with one ReplicaSet as it is now.</summary>
    public Rollout With(V1ReplicaSet changed) => this with
    {
        New = New?.Metadata.Uid == changed.Metadata.Uid ? changed : New,
        Old = [.. Old.Select(r => r.Metadata.Uid == changed.Metadata.Uid ? changed : r)],
    };

    private static bool IsActive(V1ReplicaSet set) => set.Wanted() > 0;
}

/// <summary>Sums over ReplicaSets.</summary>
internal static class ReplicaCounts
{
    public static int Wanted(this V1ReplicaSet set) => set.Spec.Replicas ?? 1;

    public static int Available(this V1ReplicaSet set) => set.Status?.AvailableReplicas ?? 0;

    public static int Wanted(this IEnumerable<V1ReplicaSet> sets) => sets.Sum(Wanted);

    public static int Actual(this IEnumerable<V1ReplicaSet> sets) => sets.Sum(s => s.Status?.Replicas ?? 0);

    public static int Ready(this IEnumerable<V1ReplicaSet> sets) => sets.Sum(s => s.Status?.ReadyReplicas ?? 0);

    public static int Available(this IEnumerable<V1ReplicaSet> sets) => sets.Sum(Available);
}
