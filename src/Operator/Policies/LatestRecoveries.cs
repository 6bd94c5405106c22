using Operator.Api.V1Alpha1;

namespace Operator.Policies;

/// <summary>The latest recoveries of a policy, by the namespace of their targets, so that a team sees what became of its pods.</summary>
internal static class LatestRecoveries
{
    private const int MostNamespaces = 20, MostOfANamespace = 5;

    public static List<NamespaceRecoveries> Of(IEnumerable<Recovery> recoveries) =>
    [
        .. recoveries.GroupBy(r => r.Spec.Target.Namespace)
            .OrderByDescending(ns => ns.Max(r => r.Metadata.CreationTimestamp)).ThenBy(ns => ns.Key, StringComparer.Ordinal)
            .Take(MostNamespaces)
            .Select(ns => new NamespaceRecoveries
            {
                Namespace = ns.Key,
                Recoveries = [.. ns.OrderByDescending(r => r.Metadata.CreationTimestamp).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal).Take(MostOfANamespace).Select(Of)],
            }),
    ];

    private static LatestRecovery Of(Recovery recovery) => new()
    {
        Pod = recovery.Spec.Target.Name,
        Recovery = recovery.Metadata.Name,
        Phase = recovery.Status?.Phase ?? "Pending",
        Reason = recovery.Status?.Reason,
        StartedAt = recovery.Metadata.CreationTimestamp,
        EndedAt = recovery.Status?.EndedAt,
    };
}
