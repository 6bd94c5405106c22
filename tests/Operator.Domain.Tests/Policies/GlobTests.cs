using Operator.Domain.Policies;

namespace Operator.Domain.Tests.Policies;

public sealed class GlobTests
{
    [Theory]
    [InlineData("Terminal shell in container", "Terminal shell in container", true)]
    [InlineData("Terminal*", "Terminal shell in container", true)]
    [InlineData("*container", "Terminal shell in container", true)]
    [InlineData("*shell*", "Terminal shell in container", true)]
    [InlineData("T*l s*r", "Terminal shell in container", true)]
    [InlineData("*", "", true)]
    [InlineData("**", "x", true)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData("?", "x", true)]
    [InlineData("?", "", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("terminal*", "Terminal shell", false)]
    [InlineData("Terminal", "Terminal shell", false)]
    [InlineData("*x", "Terminal shell", false)]
    [InlineData("a*b*c", "a1b2b3c", true)]
    [InlineData("a*b*c", "a1b2b3", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("[a]", "[a]", true)]
    [InlineData("a*", "a*", true)]
    [InlineData("*?", "ab", true)]
    public void Stars_and_question_marks_are_all_it_knows(string pattern, string text, bool matches) => Glob.Matches(pattern, text).Should().Be(matches);

    [Fact]
    public void No_pattern_stalls_it() =>
        Glob.Matches(string.Concat(Enumerable.Repeat("*a", 200)) + "b", new string('a', 20_000)).Should().BeFalse();
}
