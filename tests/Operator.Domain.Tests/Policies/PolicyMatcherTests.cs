using Operator.Domain.Findings;
using Operator.Domain.Policies;

namespace Operator.Domain.Tests.Policies;

public sealed class PolicyMatcherTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MatchableFinding Shell = new("falco", Manual: false, "Terminal shell in container", Severity.High, ["shell", "mitre_execution"], Now);
    private static readonly MatchablePod Cart = new("shop", Of("app", "cart"), Of("env", "prod"));
    private static readonly FindingMatcher Anything = new([], [], Severity.Informational, []);

    [Fact]
    public void A_policy_of_the_pods_namespace_takes_it() => Matched(Policy("team")).Should().Be("team");

    [Fact]
    public void A_policy_of_another_namespace_cannot() => Unmatched(Policy("team") with { Namespace = "other" }).Should().Be("NoPolicySelectsPod");

    [Fact]
    public void A_cluster_policy_selects_namespaces_by_label()
    {
        Matched(Policy("cluster") with { Namespace = null, NamespaceSelector = Selecting("env", "prod") }).Should().Be("cluster");
        Unmatched(Policy("cluster") with { Namespace = null, NamespaceSelector = Selecting("env", "test") }).Should().Be("NoPolicySelectsPod");
    }

    [Fact]
    public void A_namespaced_policy_is_not_asked_for_namespace_labels() =>
        Matched(Policy("team") with { NamespaceSelector = Selecting("env", "test") }).Should().Be("team");

    [Fact]
    public void A_policy_selects_pods_by_label()
    {
        Matched(Policy("team") with { PodSelector = Selecting("app", "cart") }).Should().Be("team");
        Unmatched(Policy("team") with { PodSelector = Selecting("app", "shop") }).Should().Be("NoPolicySelectsPod");
    }

    [Fact]
    public void No_policy_at_all_selects_nothing() => Unmatched().Should().Be("NoPolicySelectsPod");

    public static TheoryData<string, FindingMatcher, bool> Matchers => new()
    {
        { "nothing asked", Anything, true },
        { "its source", Anything with { Sources = ["trivy", "falco"] }, true },
        { "another source", Anything with { Sources = ["trivy"] }, false },
        { "its rule by glob", Anything with { Rules = ["Drop*", "Terminal*"] }, true },
        { "another rule", Anything with { Rules = ["Drop*"] }, false },
        { "its severity", Anything with { MinimumSeverity = Severity.High }, true },
        { "a higher severity", Anything with { MinimumSeverity = Severity.Critical }, false },
        { "its tags", Anything with { Tags = ["shell", "mitre_execution"] }, true },
        { "a tag more", Anything with { Tags = ["shell", "network"] }, false },
        { "all of it", new FindingMatcher(["falco"], ["*"], Severity.Low, ["shell"]), true },
        { "all but one", new FindingMatcher(["falco"], ["*"], Severity.Low, ["network"]), false },
    };

    [Theory]
    [MemberData(nameof(Matchers))]
    public void Within_one_matcher_everything_must_hold(string asked, FindingMatcher matcher, bool matches) =>
        (PolicyMatcher.Match(Shell, Cart, [Policy("team") with { Findings = [matcher] }], Now) is MatchResult.Matched).Should().Be(matches, asked);

    [Fact]
    public void Any_matcher_will_do() =>
        Matched(Policy("team") with { Findings = [Anything with { Rules = ["Drop*"] }, Anything with { Rules = ["Terminal*"] }] }).Should().Be("team");

    [Fact]
    public void A_policy_that_selects_the_pod_but_not_the_finding_says_so() =>
        Unmatched(Policy("team") with { Findings = [Anything with { Rules = ["Drop*"] }] }).Should().Be("NoPolicyMatchesFinding");

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_hand_made_finding_matches_only_where_manual_is_listed(bool listed, bool matches)
    {
        var policy = Policy("team") with { Findings = [Anything with { Sources = listed ? ["falco", "manual"] : [] }] };
        (PolicyMatcher.Match(Shell with { Source = "manual", Manual = true }, Cart, [policy], Now) is MatchResult.Matched).Should().Be(matches);
    }

    [Fact]
    public void The_clusters_policy_wins_then_priority_then_age_then_name()
    {
        var team = Policy("team") with { Priority = 100 };
        var cluster = Policy("cluster") with { Namespace = null };
        Matched(team, cluster).Should().Be("cluster");
        Matched(team, Policy("other")).Should().Be("team");
        Matched(Policy("b"), Policy("a") with { CreatedAt = Now }).Should().Be("b");
        Matched(Policy("b"), Policy("a")).Should().Be("a");
    }

    [Fact]
    public void A_policy_that_wins_but_is_not_about_the_finding_does_not_stand_in_the_way() =>
        Matched(Policy("cluster") with { Namespace = null, Findings = [Anything with { Rules = ["Drop*"] }] }, Policy("team")).Should().Be("team");

    [Theory]
    [InlineData(-3600, false)]
    [InlineData(900, false)]
    [InlineData(901, true)]
    public void A_finding_that_comes_too_late_acts_on_nothing(int secondsOld, bool stale) =>
        (PolicyMatcher.Match(Shell with { DetectedAt = Now.AddSeconds(-secondsOld) }, Cart, [Policy("team")], Now) is MatchResult.Stale).Should().Be(stale);

    private static MatchablePolicy Policy(string name) => new() { Namespace = "shop", Name = name, CreatedAt = Now.AddDays(-1), Findings = [Anything] };

    private static LabelSelector Selecting(string key, string value) => new() { MatchLabels = Of(key, value) };

    private static Dictionary<string, string> Of(string key, string value) => new() { [key] = value };

    private static string Matched(params MatchablePolicy[] policies) =>
        PolicyMatcher.Match(Shell, Cart, policies, Now).Should().BeOfType<MatchResult.Matched>().Which.Policy.Name;

    private static string Unmatched(params MatchablePolicy[] policies) =>
        PolicyMatcher.Match(Shell, Cart, policies, Now).Should().BeOfType<MatchResult.Unmatched>().Which.Reason;
}
