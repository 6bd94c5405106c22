using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class TextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred[0m")]
    [InlineData("bell\u0007 null\0 delete\u007f next\u0085", "bell null delete next")]
    [InlineData("safe\u202egnp.exe", "safegnp.exe")]
    [InlineData("iso\u2066late\u2069", "isolate")]
    [InlineData("zero\u200bwidth\ufeff", "zerowidth")]
    [InlineData("line\u2028separator\u2029s", "lineseparators")]
    [InlineData("private\ue000use", "privateuse")]
    [InlineData("  around  ", "around")]
    [InlineData("żółć 日本 👍🏽", "żółć 日本 👍🏽")]
    public void It_keeps_text_and_nothing_that_steers(string? given, string expected) => Text.Clean(given, 100).Should().Be(expected);

    [Fact]
    public void Half_of_a_surrogate_pair_is_no_text() => Text.Clean("a\ud83db\udc4dc", 100).Should().Be("abc");

    [Fact]
    public void A_cut_does_not_split_a_character()
    {
        Text.Clean("👍👍👍", 3).Should().Be("👍");
        Text.Clean("👍👍👍", 4).Should().Be("👍👍");
        Text.Clean("👍", 1).Should().BeEmpty();
        Text.Clean(new string('x', 10_000_000), 5).Should().Be("xxxxx");
    }

    [Theory]
    [InlineData("web-6d4b.1", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("Web", false)]
    [InlineData("-web", false)]
    [InlineData("web.", false)]
    [InlineData("web_1", false)]
    [InlineData("wéb", false)]
    [InlineData("../secrets", false)]
    [InlineData("a,app=evil", false)]
    public void A_name_is_one_of_Kubernetes_or_none(string? text, bool valid) => Text.Name(text).Should().Be(valid ? text : null);

    [Fact]
    public void A_name_has_its_longest()
    {
        Text.Name(new string('a', 253)).Should().NotBeNull();
        Text.Name(new string('a', 254)).Should().BeNull();
        Text.Name(new string('a', 64), 63).Should().BeNull();
    }

    [Fact]
    public void The_same_finding_has_the_same_name_and_another_has_another()
    {
        var name = Text.FindingName("falco", "Terminal shell in container", "uid-1");
        name.Should().Be(Text.FindingName("falco", "Terminal shell in container", "uid-1")).And.StartWith("falco-");
        Text.Name(name).Should().Be(name, "it names an object");
        new[] { name, Text.FindingName("falco2", "Terminal shell in container", "uid-1"), Text.FindingName("falco", "Other", "uid-1"), Text.FindingName("falco", "Terminal shell in container", "uid-2") }
            .Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_source_that_cannot_stand_in_a_name_is_left_out_of_it() =>
        Text.Name(Text.FindingName("Not A Name", "rule", "target")).Should().StartWith("finding-");
}
