using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>What one recovery uses of the limits.</summary>
internal sealed class LedgerEntry
{
    /// <summary>No window is longer: what ended before is counted nowhere.</summary>
    public static readonly TimeSpan LongestWindow = TimeSpan.FromHours(24);

    public required PolicyKey Policy { get; init; }
    public required string Namespace { get; init; }
    public required string Target { get; init; }
    public required string? Workload { get; init; }
    public DateTimeOffset? ContainedAt { get; set; }

    /// <summary>The answer to the containing was lost: the pod counts as contained, and still comes first.</summary>
    public bool ContainmentUnsure { get; set; }
    public required Dictionary<string, DateTimeOffset> Removals { get; init; }
    public bool InFlight { get; set; }
    public bool Draining { get; set; }

    /// <summary>Since when it waits for others to give something back.</summary>
    public DateTimeOffset? WaitsSince { get; set; }

    /// <summary>The slots that it waits for, and when it last asked.</summary>
    public (SharedLimit Limit, DateTimeOffset At)? Asks { get; set; }

    /// <summary>What the recovery's own record says, and what is known beyond it.</summary>
    public static LedgerEntry Of(Recovery recovery, LedgerEntry? known)
    {
        var status = recovery.Status;
        Dictionary<string, DateTimeOffset> removals = new(StringComparer.Ordinal);
        foreach (var removal in status?.Progress?.Removals ?? [])
            removals.TryAdd(removal.Uid, removal.At);
        foreach (var (uid, at) in known?.Removals ?? [])
            removals.TryAdd(uid, at);
        return new()
        {
            Policy = PolicyKey.Of(recovery),
            Namespace = recovery.Spec.Target.Namespace,
            Target = recovery.Spec.Target.Uid,
            Workload = recovery.Spec.Target.Workload?.Uid,
            ContainedAt = known?.ContainedAt ?? status?.ContainedAt,
            ContainmentUnsure = known?.ContainmentUnsure ?? false,
            Removals = removals,
            InFlight = known?.InFlight ?? InFlightByRecord(status),
            Draining = known?.Draining ?? DrainingByRecord(status),
            WaitsSince = known?.WaitsSince,
            Asks = known?.Asks,
        };
    }

    /// <summary>It ended, and every window that it could count in has moved past it. Nothing need be kept of it.</summary>
    public static bool CountsNowhere(Recovery recovery, DateTimeOffset now) =>
        recovery.Status is { Outcome: not null, EndedAt: { } ended } && now - ended > LongestWindow;

    public void Start(string? uid, DateTimeOffset now)
    {
        InFlight = true;
        if (uid is not null)
            Removals.TryAdd(uid, now);
    }

    private static bool DrainingByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { DrainStartedAt: not null, NodeDrainedAt: null } } && !IsStalled(status);

    private static bool InFlightByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { ReplacementStartedAt: not null, SoakStartedAt: null } }
        && !IsStalled(status);

    private static bool IsStalled(RecoveryStatus status) => status.Conditions.Any(c => c is { Type: "Stalled", Status: "True" });
}
