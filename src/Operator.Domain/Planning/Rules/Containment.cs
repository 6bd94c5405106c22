namespace Operator.Domain.Planning.Rules;

/// <summary>Isolating comes first and never waits for anything but its own, loose limit.</summary>
internal static class Containment
{
    /// <summary>A NetworkPolicy that somebody removes again and again is put back at most so often: never given up, never a busy loop.</summary>
    public static readonly TimeSpan LongestRestorationPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ProblemRecheck = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestProblemPause = TimeSpan.FromMinutes(1);

    /// <summary>A mirror pod only shows what its node runs: labelling it changes nothing there.</summary>
    private static Pod? Isolable(Observation o) => o.Episode.Owner == OwnerKind.Node ? null : o.Target;

    /// <summary>
    /// Resolves after one write. If it cannot be read or is refused, the target is labelled all the same and the Contained condition says so.
    /// If somebody removes it again and again, it counts as met between restorations, and the Contained condition says Unknown.
    /// </summary>
    public static Decision? PolicyInstalled(Observation o)
    {
        if (!PolicyMissing(o) || o.Surroundings.QuarantinePolicyProblem is not null || o.Now < RestorationDue(o))
            return null;
        return o.Target!.Quarantined
            ? new Decision.Act(new Step.InstallQuarantinePolicy(Restoration: true))
            : WaitForLimit(o) ?? new Decision.Act(new Step.InstallQuarantinePolicy(Restoration: false));
    }

    /// <summary>A cluster-wide deny of all traffic needs no NetworkPolicy beside it.</summary>
    private static bool PolicyMissing(Observation o) =>
        Isolable(o) is not null && o.Episode.Settings.DenyNetwork && o.Surroundings is { QuarantinePolicyPresent: false } and ({ ClusterDeny: null } or { ClusterDenyOnlyPods: true });

    /// <summary>The pause doubles with every restoration, from one second up to its longest.</summary>
    private static DateTimeOffset? RestorationDue(Observation o)
    {
        if (o.Progress.NetworkPolicyInstalledAt is not { } installed)
            return null;
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(o.Progress.NetworkPolicyRestored, 16)));
        return installed + (pause < LongestRestorationPause ? pause : LongestRestorationPause);
    }

    /// <summary>When a missing quarantine NetworkPolicy is seen to again, whatever else is waited for; null while it is there.</summary>
    public static DateTimeOffset? PolicyDue(Observation o)
    {
        if (!PolicyMissing(o))
            return null;
        if (o.Surroundings.QuarantinePolicyProblem is not { } problem)
            return RestorationDue(o);
        var pause = problem.RetryAfter > ProblemRecheck ? problem.RetryAfter.Value : ProblemRecheck;
        return o.Now + (pause < LongestProblemPause ? pause : LongestProblemPause);
    }

    /// <summary>Unmet while the limit is used up: it waits for the window to move on.</summary>
    public static Decision? TargetContained(Observation o)
    {
        if (Isolable(o) is not { Quarantined: false } target)
            return null;
        return WaitForLimit(o) ?? new Decision.Act(new Step.Contain(target.Name, target.Uid, Removal.MayDetachNow(o)));
    }

    private static Decision? WaitForLimit(Observation o)
    {
        var settings = o.Episode.Settings;
        var until = Limits.RoomAt(o.Usage.ContainedInNamespace, settings.ContainMaxPerNamespace, settings.ContainPer, o.Now);
        return until is null ? null : new Decision.Wait(
            Reasons.ContainmentLimit,
            $"{settings.ContainMaxPerNamespace} pods of this namespace were contained within {settings.ContainPer}",
            until.Value);
    }

    /// <summary>A node that must not be cordoned is reported and counts as met.</summary>
    public static Decision? NodeCordoned(Observation o) =>
        o.Target is not null && o.Episode.Settings.CordonNode && !o.Progress.CordonYielded && o.Surroundings.Node is { HeldByThis: false } node && RefusalToCordon(node) is null
            ? new Decision.Act(new Step.Cordon(node.Name))
            : null;

    /// <summary>Why this node is not cordoned although the policy asks for it; null when it may be or is.</summary>
    public static string? RefusalToCordon(Node node) => node switch
    {
        { Forbidden: { } why } => $"node {node.Name} is not cordoned: {why}",
        { HeldByThis: true } => null,
        { HeldByRecoveries: true } => null,
        { Unschedulable: true } => $"node {node.Name} was already cordoned by somebody else and is left as it is",
        { OtherSchedulable: 0 } => $"node {node.Name} is the last schedulable one and is not cordoned",
        _ when node.CordonedByRecoveries >= node.MaxCordoned => $"node {node.Name} is not cordoned: recoveries already hold {node.CordonedByRecoveries} nodes",
        _ => null,
    };

    /// <summary>Never unmet for long: a capture ends at its deadline, with what it could get.</summary>
    public static Decision? EvidenceCaptured(Observation o) =>
        o.Target is null || o.EvidenceCaptured ? null : new Decision.Act(new Step.CaptureEvidence(o.Target.Name, o.Target.Uid, o.Episode.Settings.EvidenceDeadline));
}
