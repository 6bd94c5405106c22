using Operator.DevCluster.Schema;

namespace Operator.DevCluster.Tests.Schema;

public sealed class Re2PatternTests
{
    [Theory]
    [InlineData("^a$", "a", true)]
    [InlineData("^a$", "a\n", false)]
    [InlineData("[$]$", "5$", true)]
    [InlineData(@"^\d+$", "١", false)]
    [InlineData(@"^[\d.]+$", "1.5", true)]
    [InlineData(@"^\w+$", "ä", false)]
    [InlineData(@"^\$\.$", "$.", true)]
    [InlineData("^[]a]+$", "a]", true)]
    [InlineData("^[^]a]+$", "b", true)]
    [InlineData("^(?P<unit>s|m)$", "m", true)]
    [InlineData(@"^\p{Lu}$", "Ä", true)]
    [InlineData("b", "abc", true)]
    public void A_pattern_means_what_it_means_to_RE2(string pattern, string value, bool matches) => Re2Pattern.Parse(pattern).Matches(value).Should().Be(matches);

    [Theory]
    [InlineData("(")]
    [InlineData("(?=a)")]
    [InlineData(@"(a)\1")]
    [InlineData("[[:alpha:]]")]
    public void What_RE2_or_this_server_does_not_read_is_an_error(string pattern) => Re2Pattern.Parse(pattern).Error.Should().NotBeNull();

    [Fact]
    public void A_pattern_that_backtracks_for_ever_elsewhere_ends() => Re2Pattern.Parse("^(a+)+$").Matches(new string('a', 5000) + "b").Should().BeFalse();
}
