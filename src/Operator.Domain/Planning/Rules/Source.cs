namespace Operator.Domain.Planning.Rules;

/// <summary>What a GitOps tool or Helm writes from a source of its own: a pin lasts until it writes again.</summary>
internal static class Source
{
    /// <summary>An image that somebody puts back is pinned again so often, then a person is told.</summary>
    public const int MaximumPins = 3;

    /// <summary>Unmet for ever: contained and Blocked, until the source names a trusted digest.</summary>
    public static Decision? Committed(Observation o) =>
        o is { Episode.Settings.WaitForCommit: true, Workload: { ManagedBy: { } manager } workload } && !o.Trusts(workload.Template) && Pinning.PathOf(o) != PinPath.ByAdmission
            ? new Decision.Block(Reasons.AwaitingCommit, $"{Course.Owner(o)} is managed by {manager}: commit the patch in status.remediation", "the workload's template")
            : null;

    /// <summary>Unmet for ever: after so many pins it is Blocked rather than fought over.</summary>
    public static Decision? PinHolds(Observation o) =>
        o.Workload is { } workload && PinsOf(o, workload) is >= MaximumPins and var pins && !o.Trusts(workload.Template)
            ? new Decision.Block(
                Reasons.GitOpsConflict,
                $"{Course.Owner(o)} was pinned {pins} times and {(workload.RevertedBy is { } by ? $"field manager {by}" : "somebody")} puts an untrusted image back: "
                    + $"commit the patch in status.remediation{(workload.ManagedBy is { } manager ? $" to what {manager} applies" : "")}{Pinning.StaysPaused(o)}",
                "the workload's template")
            : null;

    /// <summary>The count in the record survives a manager that takes our annotations off; the one on the workload a crash before it was recorded.</summary>
    private static int PinsOf(Observation o, Workload workload) =>
        Math.Max(o.Progress.Pins, workload.PinnedBy == o.Episode.Name ? workload.Pins : 0);
}
