using Operator.Api.V1Alpha1;
using Operator.Findings;

namespace Operator.Tests.Findings;

public sealed class FindingFactsTests
{
    private static readonly DateTimeOffset Decided = new(2026, 12, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(FindingState.Matched, null, null, true)]
    [InlineData(FindingState.Stale, null, null, true)]
    [InlineData(FindingState.Matched, 0, 0, true)]
    [InlineData(FindingState.Matched, 1, null, false)]
    [InlineData(FindingState.Stale, 1, null, false)]
    [InlineData(FindingState.Matched, null, 1, false)]
    [InlineData(FindingState.Pending, null, null, false)]
    [InlineData(FindingState.Unmatched, null, null, false)]
    [InlineData(FindingState.Unresolved, null, null, false)]
    public void A_finding_is_settled_until_it_happens_again_or_is_raised(FindingState state, int? seenAfter, int? raisedAfter, bool settled)
    {
        DateTimeOffset? After(int? seconds) => seconds is { } s ? Decided.AddSeconds(s) : null;
        SecurityFinding finding = new()
        {
            Metadata = new(),
            Spec = new() { Rule = "Shell", Severity = FindingSeverity.High, Target = new() },
            Status = new() { State = state, DecidedAt = Decided, LastSeenAt = After(seenAfter), RaisedAt = After(raisedAfter) },
        };

        finding.IsSettled().Should().Be(settled);
    }
}
