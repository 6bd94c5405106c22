using Operator.DevCluster.Tables;

namespace Operator.DevCluster.Tests.Tables;

public sealed class HumanDurationTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(185, "3m5s")]
    [InlineData(60 * 90, "90m")]
    [InlineData(60 * 200, "3h20m")]
    [InlineData(3600 * 40, "40h")]
    [InlineData(3600 * 50, "2d2h")]
    [InlineData(86400 * 30, "30d")]
    [InlineData(86400 * 800, "2y70d")]
    public void An_age_reads_as_in_kubectl(int seconds, string text) => HumanDuration.Format(TimeSpan.FromSeconds(seconds)).Should().Be(text);
}
