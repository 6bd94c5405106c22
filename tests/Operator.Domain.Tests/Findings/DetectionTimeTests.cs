using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class DetectionTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-03-01T11:00:00Z", true)]
    [InlineData("2026-03-01T12:00:05Z", true)]
    [InlineData("2026-03-01T12:00:06Z", false)]
    [InlineData("2999-01-01T00:00:00Z", false)]
    [InlineData("9999-12-31T23:59:59Z", false)]
    [InlineData("0001-01-01T00:00:00Z", false)]
    [InlineData("1999-12-31T00:00:00Z", false)]
    [InlineData(null, false)]
    public void A_time_that_cannot_be_counts_as_that_of_receipt(string? said, bool believed)
    {
        DateTimeOffset? occurred = said is null ? null : DateTimeOffset.Parse(said, System.Globalization.CultureInfo.InvariantCulture);
        DetectionTime.Of(occurred, Noon).Should().Be(believed ? occurred!.Value : Noon);
    }
}
