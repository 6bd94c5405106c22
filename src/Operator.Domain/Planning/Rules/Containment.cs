namespace Operator.Domain.Planning.Rules;

/// <summary>Isolating comes first and never waits for anything but its own, loose limit.</summary>
internal static class Containment
{
    /// <summary>A policy that is removed again and again is put back so often, then containment is reported as Unknown.</summary>
    public const int MaximumRestorations = 5;

    /// <summary>A mirror pod only shows what its node runs: labelling it changes nothing there.</summary>
    private static Pod? Isolable(Observation o) => o.Episode.Owner == OwnerKind.Node ? null : o.Target;

    /// <summary>Unmet for ever: after so many restorations it counts as met, and the Contained condition says Unknown.</summary>
    public static Decision? PolicyInstalled(Observation o)
    {
        if (Isolable(o) is not { } target || !o.Episode.Settings.DenyNetwork || o.Surroundings.QuarantinePolicyPresent)
            return null;
        if (!target.Quarantined)
            return WaitForLimit(o) ?? new Decision.Act(new Step.InstallQuarantinePolicy(Restoration: false));
        return o.Progress.NetworkPolicyRestored < MaximumRestorations
            ? new Decision.Act(new Step.InstallQuarantinePolicy(Restoration: true))
            : null;
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
