using Operator.Domain.Findings;

namespace Operator.Domain.Policies;

/// <summary>A finding, as far as policies ask. A manual one was created with kubectl and speaks for its own namespace only.</summary>
public sealed record MatchableFinding(string Source, bool Manual, string Rule, Severity Severity, IReadOnlyCollection<string> Tags, DateTimeOffset DetectedAt);

/// <summary>The pod it is about.</summary>
public sealed record MatchablePod(string Namespace, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> NamespaceLabels);

/// <summary>One entry of a policy's match: everything that is given must hold.</summary>
public sealed record FindingMatcher(IReadOnlyList<string> Sources, IReadOnlyList<string> Rules, Severity MinimumSeverity, IReadOnlyList<string> Tags)
{
    public bool Matches(MatchableFinding finding) =>
        // Nobody acts on hand-made findings without saying so.
        (Sources.Count == 0 ? !finding.Manual : Sources.Contains(finding.Source))
        && (Rules.Count == 0 || Rules.Any(r => Glob.Matches(r, finding.Rule)))
        && finding.Severity >= MinimumSeverity
        && Tags.All(finding.Tags.Contains);
}

/// <summary>A policy, as far as matching asks. A null namespace is a ClusterRecoveryPolicy's.</summary>
public sealed record MatchablePolicy
{
    public string? Namespace { get; init; }
    public required string Name { get; init; }
    public int Priority { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public required IReadOnlyList<FindingMatcher> Findings { get; init; }
    public TimeSpan MaxFindingAge { get; init; } = TimeSpan.FromMinutes(15);
    public LabelSelector PodSelector { get; init; } = new();
    public LabelSelector NamespaceSelector { get; init; } = new();

    public bool Selects(MatchablePod pod) =>
        (Namespace is null ? NamespaceSelector.Matches(pod.NamespaceLabels) : Namespace == pod.Namespace)
        && PodSelector.Matches(pod.Labels);
}

/// <summary>What matching says.</summary>
public abstract record MatchResult
{
    private MatchResult()
    {
    }

    public sealed record Matched(MatchablePolicy Policy) : MatchResult;

    /// <summary>A policy is about it, but it came too late to act on.</summary>
    public sealed record Stale(MatchablePolicy Policy, string Message) : MatchResult;

    public sealed record Unmatched(string Reason, string Message) : MatchResult;
}

/// <summary>Which policy takes a finding. A ClusterRecoveryPolicy wins over a RecoveryPolicy; among equals priority, then age, then name.</summary>
public static class PolicyMatcher
{
    public static MatchResult Match(MatchableFinding finding, MatchablePod pod, IEnumerable<MatchablePolicy> policies, DateTimeOffset now)
    {
        var selecting = policies.Where(p => p.Selects(pod)).ToList();
        if (selecting.Count == 0)
            return new MatchResult.Unmatched("NoPolicySelectsPod", "no policy selects this pod");

        var best = selecting
            .Where(p => p.Findings.Any(f => f.Matches(finding)))
            .OrderBy(p => p.Namespace is not null)
            .ThenByDescending(p => p.Priority)
            .ThenBy(p => p.CreatedAt)
            .ThenBy(p => p.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (best is null)
            return new MatchResult.Unmatched("NoPolicyMatchesFinding", $"{selecting.Count} policies select this pod, none is about rule \"{finding.Rule}\" of {finding.Source} at {finding.Severity}");

        var age = now - finding.DetectedAt;
        return age > best.MaxFindingAge
            ? new MatchResult.Stale(best, $"{best.Name} acts on findings of at most {best.MaxFindingAge}, this one is {age:d\\.hh\\:mm\\:ss} old")
            : new MatchResult.Matched(best);
    }
}
