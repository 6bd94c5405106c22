using System.Diagnostics;
using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>Decisions as a person would say them.</summary>
internal static class Words
{
    public static string Say(Decision decision) => decision switch
    {
        Decision.Act { Step: var step } => Say(step),
        Decision.Wait w => $"wait until {Say(w.Until)}: {w.Message} ({w.Reason})",
        Decision.Block b => $"BLOCKED ({b.Reason}): {b.Message}; woken by {b.WokenBy}",
        Decision.End e => $"END {e.Outcome} ({e.Reason}): {e.Message}",
        _ => throw new UnreachableException($"{decision}"),
    };

    public static string Say(Step step) => step switch
    {
        Step.InstallQuarantinePolicy s => s.Restoration ? "put the quarantine NetworkPolicy back" : "install the quarantine NetworkPolicy",
        Step.Contain s => s.Detach ? $"contain {s.Pod} and detach it" : $"contain {s.Pod}",
        Step.Cordon s => $"cordon {s.Node}",
        Step.CaptureEvidence s => $"capture the evidence of {s.Pod} within {s.Deadline.TotalSeconds} s",
        Step.RecordStart s => $"record the start: {s.Path}, {Say(s.Images)}{string.Concat(s.Condemned.Select(c => $"; {c} must not start again"))}{(s.Note is null ? "" : $"; {s.Note}")}",
        Step.RecordPath s => $"record another path: {s.Path}; {s.Note}",
        Step.Revoke s => $"revoke {string.Join(", ", s.Images)}",
        Step.RecordImages s => $"record other images: {Say(s.Images)}",
        Step.HoldRollout s => $"pause {s.Deployment} as it is",
        Step.PinDeployment s => $"pin {s.Deployment}, {s.Pausing}: {Say(s.Images)}",
        Step.PinTemplate s => $"pin {s.Name}: {Say(s.Images)}",
        Step.MarkFirstInRollout s => $"make {s.Pod} the first to go",
        Step.DetachOriginal s => $"detach {s.Pod}{(s.Keep ? " and keep it" : "")}",
        Step.Delete s => $"delete {s.Pod} ({s.Uid} in version {s.ResourceVersion}, {s.GracePeriodSeconds} s of grace)",
        Step.Unpause s => $"unpause {s.Deployment}",
        Step.RecordRemoval s => $"record the removal of {s.Pod}{(s.Note is null ? "" : $"; {s.Note}")}",
        Step.ContainSibling s => $"contain the sibling {s.Pod}",
        Step.Uncordon s => $"uncordon {s.Node}",
        Step.RecordCordonYields s => $"record that {s.Note}",
        Step.RecordDrain s => $"record that {s.Node} is drained from now on",
        Step.Evict s => $"evict {s.Namespace}/{s.Pod}",
        Step.RecordDrained s => $"record that the node is drained{(s.Note is null ? "" : $"; {s.Note}")}",
        Step.RecordReplaced s => $"record the replacement{(s.Note is null ? "" : $"; {s.Note}")}",
        _ => throw new UnreachableException($"{step}"),
    };

    private static string Say(IReadOnlyList<PinnedImage> images) =>
        images.Count == 0 ? "no image changes" : string.Join(", ", images.Select(i => $"{i.Container} to {i.Image} ({i.TrustedBy})"));

    public static string Say(DateTimeOffset time) => $"{time - World.Start:d\\.hh\\:mm\\:ss}";
}
