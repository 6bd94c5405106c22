using Operator.Api.V1Alpha1;
using Operator.Domain.Findings;

namespace Operator.Findings;

/// <summary>What counts of a finding: what it arrived with first and later, and times that nobody has made up.</summary>
internal static class FindingFacts
{
    /// <summary>The most tags by which a finding is matched.</summary>
    public const int MostTags = 64;

    public static FindingSeverity HighestSeverity(this SecurityFinding finding) =>
        finding.Status?.HighestSeverity is { } raised && raised > finding.Spec.Severity ? raised : finding.Spec.Severity;

    public static IReadOnlyCollection<string> AllTags(this SecurityFinding finding) =>
        finding.Status is { Tags.Count: > 0 } status ? [.. finding.Spec.Tags.Concat(status.Tags).Distinct().Take(MostTags)] : finding.Spec.Tags;

    /// <summary>Whether an arrival says more than those before: a policy may match now that did not.</summary>
    public static bool IsRaisedBy(this SecurityFinding finding, SecurityFindingSpec arrived)
    {
        var tags = finding.AllTags();
        return arrived.Severity > finding.HighestSeverity() || (tags.Count < MostTags && arrived.Tags.Any(t => !tags.Contains(t)));
    }

    /// <summary>It arrived with more than it was decided on with.</summary>
    public static bool IsRaised(this SecurityFindingStatus status) => status is { RaisedAt: { } raised, DecidedAt: { } decided } && raised > decided;

    /// <summary>It was decided on for good, and nothing has happened since: its reconciler would do nothing.</summary>
    public static bool IsSettled(this SecurityFinding finding) =>
        finding.Status is { State: FindingState.Matched or FindingState.Stale } status
        && (status.LastSeenAt is null || status.DecidedAt >= status.LastSeenAt) && !status.IsRaised();

    /// <summary>
    /// What a decision counts for: everything that has been written of it, also by a replica whose clock is ahead. Else it would be decided
    /// on again at once, and again, until that time has come.
    /// </summary>
    public static DateTimeOffset DecidedBy(this SecurityFindingStatus status, DateTimeOffset now) =>
        new[] { now, status.LastSeenAt ?? now, status.RaisedAt ?? now }.Max();

    /// <summary>When it was received. Of one made by hand only what the API server wrote is believed.</summary>
    public static DateTimeOffset? ReceivedAt(this SecurityFinding finding, OperatorOptions options) =>
        finding.Metadata.NamespaceProperty == options.Namespace ? finding.Spec.ReceivedAt ?? finding.Metadata.CreationTimestamp : finding.Metadata.CreationTimestamp;

    /// <summary>When it happened, if that can be believed.</summary>
    public static DateTimeOffset? OccurredAt(this SecurityFinding finding, OperatorOptions options) =>
        finding.ReceivedAt(options) is { } received && DetectionTime.IsBelieved(finding.Spec.OccurredAt, received) ? finding.Spec.OccurredAt : null;

    /// <summary>When it happened, else when it was received.</summary>
    public static DateTimeOffset? DetectedAt(this SecurityFinding finding, OperatorOptions options) => finding.OccurredAt(options) ?? finding.ReceivedAt(options);
}
