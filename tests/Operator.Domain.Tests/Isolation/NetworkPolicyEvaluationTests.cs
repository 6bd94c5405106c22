using Operator.Domain.Isolation;
using Operator.Domain.Policies;

namespace Operator.Domain.Tests.Isolation;

public sealed class NetworkPolicyEvaluationTests
{
    private static readonly Dictionary<string, string> Labelled = new() { ["app"] = "db", ["immutablerecovery.io/quarantine"] = "db-1-a" };
    private static readonly Dictionary<string, string> Detached = new() { ["immutablerecovery.io/quarantine"] = "db-1-a" };

    public static TheoryData<string, string[]?, int, int, bool, bool> Types => new()
    {
        { "nothing said: ingress only", null, 0, 0, false, false },
        { "nothing said, an ingress rule", null, 1, 0, true, false },
        { "nothing said, an egress rule: egress as well", null, 0, 1, false, true },
        { "an empty list is nothing said", [], 1, 1, true, true },
        { "ingress only: egress rules have no effect", ["Ingress"], 1, 1, true, false },
        { "egress only: ingress rules have no effect", ["Egress"], 1, 1, false, true },
        { "both, denied", ["Ingress", "Egress"], 0, 0, false, false },
        { "both, allowed", ["Ingress", "Egress"], 2, 3, true, true },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_direction_is_open_where_a_policy_governs_it_and_has_a_rule(string which, string[]? types, int ingress, int egress, bool allowsIngress, bool allowsEgress)
    {
        var allowed = new NetworkPolicyEvaluation([new("p", new(), types, ingress, 0, egress)]).Of(Labelled);
        (allowed.Ingress.Count > 0, allowed.Egress.Count > 0).Should().Be((allowsIngress, allowsEgress), which);
    }

    public static TheoryData<string, LabelSelector?, bool, bool> Selectors => new()
    {
        { "everything", new(), true, true },
        { "its app", Labels(("app", "db")), true, false },
        { "another app", Labels(("app", "web")), false, false },
        { "its app and another label", Labels(("app", "db"), ("tier", "x")), false, false },
        { "our label", Labels(("immutablerecovery.io/quarantine", "db-1-a")), true, true },
        { "our label, whatever its value", Expression("immutablerecovery.io/quarantine", "Exists"), true, true },
        { "not another app", Expression("app", "NotIn", "web"), true, true },
        { "not its app", Expression("app", "NotIn", "db"), false, true },
        { "one of some apps", Expression("app", "In", "web", "db"), true, false },
        { "without an app", Expression("app", "DoesNotExist"), false, true },
        { "not to be kept", null, true, true },
        { "not valid", Expression("app", "Near", "db"), true, true },
    };

    [Theory]
    [MemberData(nameof(Selectors))]
    public void Labelled_and_detached_pods_are_selected_by_the_labels_that_they_have(string which, LabelSelector? selector, bool labelled, bool detached)
    {
        var evaluation = new NetworkPolicyEvaluation([new("p", selector, ["Ingress", "Egress"], 1, 0, 1)]);
        (!evaluation.Of(Labelled).IsNone, !evaluation.Of(Detached).IsNone).Should().Be((labelled, detached), which);
    }

    [Fact]
    public void Beside_a_deny_of_pods_only_what_comes_from_outside_is_allowed()
    {
        var allowed = new NetworkPolicyEvaluation(
        [
            new("from-pods", new(), null, 2, 0, 0),
            new("from-everywhere", new(), null, 2, 1, 0),
            new("egress", new(), ["Egress"], 1, 1, 1),
        ]).Of(Labelled);

        allowed.Describe("shop").Should().Be("ingress by shop/from-everywhere, shop/from-pods; egress by shop/egress");
        allowed.OutsideOnly.Describe("shop").Should().Be("ingress by shop/from-everywhere");
        new NetworkPolicyEvaluation([new("from-pods", new(), null, 1, 0, 0)]).Of(Labelled).OutsideOnly.IsNone.Should().BeTrue();
    }

    [Fact]
    public void Names_are_said_for_each_direction_and_are_bounded()
    {
        var many = Enumerable.Range(0, 300).Select(i => new NetworkPolicyFacts($"{new string('n', 249)}{i:000}", new(), ["Ingress"], 1, 1, 0)).Append(new("out", new(), ["Egress"], 0, 0, 1));
        var said = new NetworkPolicyEvaluation(many).Of(Detached).Describe("shop");
        said.Should().StartWith("ingress by shop/nnn").And.Contain(" and 295 more; egress by shop/out");
        said.Length.Should().BeLessThan(450);
    }

    [Fact]
    public void No_policy_and_no_label_allow_nothing()
    {
        new NetworkPolicyEvaluation([]).Of(null).IsNone.Should().BeTrue();
        new NetworkPolicyEvaluation([new("p", Labels(("app", "db")), null, 1, 1, 0)]).Of(null).IsNone.Should().BeTrue();
    }

    [Fact]
    public void A_selector_that_the_API_server_would_refuse_selects_nothing()
    {
        Expression("app", "NotIn").Matches(Labelled).Should().BeFalse();
        Expression("app", "Exists", "db").Matches(Labelled).Should().BeFalse();
        Expression("app", "Near", "db").Matches(Labelled).Should().BeFalse();
        new LabelSelector { MatchLabels = null, MatchExpressions = null }.Matches(null).Should().BeTrue();
    }

    private static LabelSelector Labels(params (string Key, string Value)[] labels) => new() { MatchLabels = labels.ToDictionary(l => l.Key, l => l.Value) };

    private static LabelSelector Expression(string key, string operation, params string[] values) =>
        new() { MatchExpressions = [new() { Key = key, Operator = operation, Values = values }] };
}
