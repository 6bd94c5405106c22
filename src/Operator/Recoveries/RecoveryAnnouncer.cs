using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Telemetry;

namespace Operator.Recoveries;

/// <summary>Tells people and programs what changed in a recovery's record: Events, metrics and log lines.</summary>
internal sealed partial class RecoveryAnnouncer(EventRecorder events, OperatorMetrics metrics, ILogger<RecoveryAnnouncer> logger)
{
    public void Announce(Recovery recovery, RecoveryStatus before, RecoveryStatus now)
    {
        var subject = new EventSubject(WellKnown.ApiVersion, nameof(Recovery), recovery.Metadata.NamespaceProperty, recovery.Metadata.Name, recovery.Metadata.Uid);
        var target = recovery.Spec.Target;
        if (before.ContainedAt is null && now.ContainedAt is not null)
        {
            metrics.Contained(now.TimeToContain ?? TimeSpan.Zero);
            events.Normal(subject, "Contained", $"pod {target.Name} was isolated {now.TimeToContain} after detection", EventChapter.Containment);
        }
        if (before.Progress?.ReplacementStartedAt is null && now.Progress?.ReplacementStartedAt is not null)
            events.Normal(subject, "Replacing", $"replacing pod {target.Name}: {now.Progress.Path}", EventChapter.Replacement);
        foreach (var note in now.Progress?.Notes.Except(before.Progress?.Notes ?? []) ?? [])
            events.Warning(subject, "Noted", note, EventChapter.Note);
        if (before.ReplacedAt is null && now.ReplacedAt is not null)
            events.Normal(subject, "Replaced", $"every pod of the workload is Ready and trusted: {string.Join(", ", now.Replacements.Select(r => r.Pod))}", EventChapter.Verification);
        if (now.Phase == "Blocked" && (before.Phase, before.Reason) != (now.Phase, now.Reason))
            events.Warning(subject, now.Reason!, now.Message!, EventChapter.Blockage);
        if (before.Outcome is null && now.Outcome is not null)
        {
            metrics.RecoveryEnded(now.Outcome);
            if (now.TimeToRecover is { } recovered)
                metrics.Recovered(recovered);
            if (now.Outcome is "Succeeded" or "Skipped")
                events.Normal(subject, now.Outcome, now.Message!, EventChapter.End);
            else
                events.Warning(subject, now.Outcome, now.Message!, EventChapter.End);
        }
        if ((before.Phase, before.Reason) != (now.Phase, now.Reason))
            Changed($"{target.Namespace}/{target.Name}", recovery.Metadata.Name, now.Phase, now.Reason, now.Message);
    }

    [LoggerMessage(LogLevel.Information, "{target}: recovery {recovery} is {phase}: {reason}: {message}")]
    private partial void Changed(string target, string recovery, string? phase, string? reason, string? message);
}
