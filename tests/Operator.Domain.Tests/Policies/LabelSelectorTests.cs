using Operator.Domain.Policies;

namespace Operator.Domain.Tests.Policies;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "cart", ["tier"] = "web" };

    [Fact]
    public void An_empty_one_selects_everything()
    {
        new LabelSelector().Matches(Labels).Should().BeTrue();
        new LabelSelector().Matches(null).Should().BeTrue();
    }

    [Theory]
    [InlineData("app", "cart", true)]
    [InlineData("app", "shop", false)]
    [InlineData("owner", "cart", false)]
    public void A_label_must_be_there_and_equal(string key, string value, bool matches) =>
        new LabelSelector { MatchLabels = new Dictionary<string, string> { [key] = value } }.Matches(Labels).Should().Be(matches);

    [Fact]
    public void Labels_that_are_not_there_match_no_label() =>
        new LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "cart" } }.Matches(null).Should().BeFalse();

    [Theory]
    [InlineData("app", "In", "cart", true)]
    [InlineData("app", "In", "shop", false)]
    [InlineData("owner", "In", "cart", false)]
    [InlineData("app", "NotIn", "shop", true)]
    [InlineData("app", "NotIn", "cart", false)]
    [InlineData("owner", "NotIn", "cart", true)]
    [InlineData("app", "Exists", null, true)]
    [InlineData("owner", "Exists", null, false)]
    [InlineData("owner", "DoesNotExist", null, true)]
    [InlineData("app", "DoesNotExist", null, false)]
    [InlineData("app", "Gt", "1", false)]
    public void Expressions_are_those_of_Kubernetes_and_an_unknown_one_selects_nothing(string key, string @operator, string? value, bool matches) =>
        Selector(key, @operator, value).Matches(Labels).Should().Be(matches);

    [Fact]
    public void Everything_must_hold() =>
        (Selector("app", "Exists", null) with { MatchLabels = new Dictionary<string, string> { ["app"] = "shop" } }).Matches(Labels).Should().BeFalse();

    private static LabelSelector Selector(string key, string @operator, string? value) =>
        new() { MatchExpressions = [new LabelExpression { Key = key, Operator = @operator, Values = value is null ? [] : [value, "another"] }] };
}
