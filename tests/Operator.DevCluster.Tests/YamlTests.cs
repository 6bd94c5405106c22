namespace Operator.DevCluster.Tests;

public sealed class YamlTests
{
    [Theory]
    [InlineData("3", "3")]
    [InlineData("-3", "-3")]
    [InlineData("0644", "420")]
    [InlineData("1.5", "1.5")]
    [InlineData("1.5.0", "\"1.5.0\"")]
    [InlineData("5m", "\"5m\"")]
    [InlineData("25%", "\"25%\"")]
    [InlineData("yes", "true")]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("'3'", "\"3\"")]
    [InlineData("~", "null")]
    [InlineData("[a, 1]", "[\"a\",1]")]
    [InlineData("{a: {b: c}}", "{\"a\":{\"b\":\"c\"}}")]
    [InlineData("|\n  x\n  y\n", "\"x\\ny\\n\"")]
    public void A_value_is_read_as_kubernetes_reads_it(string yaml, string json) =>
        (Yaml.Documents($"v: {yaml}").Single()["v"]?.ToJsonString() ?? "null").Should().Be(json);

    [Fact]
    public void Empty_documents_are_left_out() =>
        Yaml.Documents("---\n# nothing\n---\na: 1\n---\nb: 2\n").Select(d => d.First().Key).Should().Equal("a", "b");
}
