using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Telemetry;

namespace Operator.Recoveries;

/// <summary>Tells people and programs what changed in a recovery's record: Events, metrics and log lines.</summary>
internal sealed partial class RecoveryAnnouncer(EventRecorder events, OperatorMetrics metrics, ILogger<RecoveryAnnouncer> logger)
{
    public void Announce(Recovery recovery, RecoveryStatus before, RecoveryStatus now)
    {
        var subjects = new RecoverySubjects(events, recovery);
        var target = recovery.Spec.Target;
        AnnounceContainment(subjects, target.Name, before, now);
        if (before.Progress?.ReplacementStartedAt is null && now.Progress?.ReplacementStartedAt is not null)
            subjects.Normal("Replacing", $"replacing pod {target.Name}: {now.Progress.Path}", EventChapter.Replacement);
        foreach (var note in now.Progress?.Notes.Except(before.Progress?.Notes ?? []) ?? [])
            subjects.Note(note);
        if (before.ReplacedAt is null && now.ReplacedAt is not null)
            subjects.Normal("Replaced", $"every pod of the workload is Ready and trusted: {string.Join(", ", now.Replacements.Select(r => r.Pod))}", EventChapter.Verification);
        if (now.Phase == "Blocked" && (before.Phase, before.Reason) != (now.Phase, now.Reason))
            subjects.Warning(now.Reason!, now.Message!, EventChapter.Blockage);
        if (before.Outcome is null && now.Outcome is not null)
        {
            metrics.RecoveryEnded(now.Outcome);
            if (now.TimeToRecover is { } recovered)
                metrics.Recovered(recovered);
            if (now.Outcome is "Succeeded" or "Skipped")
                subjects.Normal(now.Outcome, now.Message!, EventChapter.End);
            else
                subjects.Warning(now.Outcome, now.Message!, EventChapter.End);
        }
        if ((before.Phase, before.Reason) != (now.Phase, now.Reason))
            Changed($"{target.Namespace}/{target.Name}", recovery.Metadata.Name, now.Phase, now.Reason, now.Message);
    }

    /// <summary>Only its own record is told of: it may name anything as its target.</summary>
    public void Foreign(Recovery recovery, string message)
    {
        metrics.RecoveryEnded(nameof(Domain.Planning.Outcome.Foreign));
        events.Warning(new(WellKnown.ApiVersion, nameof(Recovery), recovery.Metadata.NamespaceProperty, recovery.Metadata.Name, recovery.Metadata.Uid), "Foreign", message, EventChapter.End);
    }

    /// <summary>That a pod is marked and covered by a NetworkPolicy does not say that it is isolated: whoever reads the Event must not believe more than the condition says.</summary>
    private void AnnounceContainment(RecoverySubjects subjects, string pod, RecoveryStatus before, RecoveryStatus now)
    {
        var first = before.ContainedAt is null && now.ContainedAt is not null;
        var (was, stands) = (ContainedOf(before), ContainedOf(now));
        if (first)
            metrics.Contained(now.TimeToContain ?? TimeSpan.Zero);
        if (was?.Reason != stands?.Reason && stands is { Status: "False", Reason: RecoveryConditions.IsolationFailed })
            subjects.Warning(RecoveryConditions.IsolationFailed, $"pod {pod} is not isolated: {stands.Message}", EventChapter.Containment);
        else if (stands is { Status: "True" } && (first || was is { Status: "Unknown" } or { Reason: RecoveryConditions.IsolationFailed }))
            subjects.Normal("Contained", $"pod {pod} was contained {now.TimeToContain} after detection: {stands.Message}", EventChapter.Containment);
        else if ((first || was?.Reason != stands?.Reason) && stands is { Status: "Unknown", Reason: not RecoveryConditions.TargetGone })
            subjects.Warning("ContainmentUnknown", $"pod {pod} is marked and may not be isolated: {stands.Message}", EventChapter.Containment);
    }

    private static StatusCondition? ContainedOf(RecoveryStatus status) => status.Conditions.FirstOrDefault(c => c.Type == "Contained");

    [LoggerMessage(LogLevel.Information, "{target}: recovery {recovery} is {phase}: {reason}: {message}")]
    private partial void Changed(string target, string recovery, string? phase, string? reason, string? message);
}
