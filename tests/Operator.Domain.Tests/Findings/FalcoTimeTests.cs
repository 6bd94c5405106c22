using System.Globalization;
using System.Text;
using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class FalcoTimeTests
{
    [Theory]
    [InlineData("2019-05-17T15:31:56.746609046Z", "2019-05-17T15:31:56.7466090Z")]
    [InlineData("2021-01-11T23:46:19.82302759Z", "2021-01-11T23:46:19.8230275Z")]
    [InlineData("2025-02-10T09:15:40.698757000Z", "2025-02-10T09:15:40.6987570Z")]
    [InlineData("2001-01-01T01:10:00Z", "2001-01-01T01:10:00.0000000Z")]
    [InlineData("2024-05-01T10:00:00.5+0800", "2024-05-01T02:00:00.5000000Z")]
    [InlineData("2024-05-01T10:00:00.123456789+08:00", "2024-05-01T02:00:00.1234567Z")]
    [InlineData("2024-05-01T10:00:00-0330", "2024-05-01T13:30:00.0000000Z")]
    [InlineData("2024-05-01T10:00:46Z+2", "2024-05-01T10:00:46.0000000Z")]
    [InlineData("2024-05-01T10:00:46", "2024-05-01T10:00:46.0000000Z")]
    [InlineData("2024-05-01 10:00:46", "2024-05-01T10:00:46.0000000Z")]
    [InlineData(" 2024-05-01T10:00:46Z ", "2024-05-01T10:00:46.0000000Z")]
    public void What_has_been_seen_is_read(string given, string expected) =>
        Of($$"""{"rule":"r","time":"{{given}}"}""")!.Value.UtcDateTime.ToString("o", CultureInfo.InvariantCulture).Should().Be(expected);

    [Theory]
    [InlineData("\"0001-01-01T00:00:00Z\"")]
    [InlineData("\"1970-01-01T00:00:00Z\"")]
    [InlineData("\"16:31:56.746609046\"")]
    [InlineData("\"10:15\"")]
    [InlineData("\"2024\"")]
    [InlineData("\"2024-\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"\"")]
    [InlineData("\"2024-13-45T99:99:99Z\"")]
    [InlineData("\"Z\"")]
    [InlineData("\"2024-05-01T10:00:00+9999\"")]
    [InlineData("\"9999-12-31T23:59:60-23:59\"")]
    [InlineData("null")]
    [InlineData("12345")]
    [InlineData("{}")]
    public void What_is_no_time_is_none(string time) => Of($$"""{"rule":"r","time":{{time}}}""").Should().BeNull();

    [Theory]
    [InlineData("1507591916746609046", "2017-10-09T23:31:56.7466090Z")]
    [InlineData("1507591916746609", "2017-10-09T23:31:56.7466090Z")]
    [InlineData("1507591916746", "2017-10-09T23:31:56.7460000Z")]
    [InlineData("1507591916", "2017-10-09T23:31:56.0000000Z")]
    public void Without_a_time_the_event_time_is_read_by_its_size(string given, string expected) =>
        Of($$$"""{"rule":"r","output_fields":{"evt.time":{{{given}}}}}""")!.Value.UtcDateTime.ToString("o", CultureInfo.InvariantCulture).Should().Be(expected);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("59")]
    [InlineData("1e400")]
    [InlineData("1e28")]
    [InlineData("-1e28")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("\"1507591916746609046x\"")]
    [InlineData("true")]
    public void An_event_time_that_is_none_is_none(string given) => Of($$$"""{"rule":"r","output_fields":{"evt.time":{{{given}}}}}""").Should().BeNull();

    [Theory]
    [InlineData("\"2026-11-30 21:30:00.123456789 +0000 UTC\"", "2026-11-30T21:30:00.1234567Z")]
    [InlineData("\"2026-11-30 21:30:00.5 +0200 CEST m=+0.1\"", "2026-11-30T19:30:00.5Z")]
    [InlineData("\"2026-11-30T21:30:00,5Z\"", "2026-11-30T21:30:00.5Z")]
    [InlineData("\"2026-11-30T21:30:60Z\"", "2026-11-30T21:31:00Z")]
    [InlineData("\"1796074200500000000\"", "2026-11-30T21:30:00.5Z")]
    public void Times_are_read_as_Go_prints_them_with_leap_seconds_and_as_text(string time, string expected) =>
        ((ParseResult.Parsed)FalcoAdapter.Parse(Encoding.UTF8.GetBytes($$"""{"rule":"r","time":{{time}}}"""))).Findings.Single().OccurredAt
            .Should().Be(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("9999-12-31T23:59:60Z")]
    [InlineData("9999-12-31T23:59:60.9999999Z")]
    public void A_leap_second_at_the_end_of_time_is_no_exception(string time) => Of($$"""{"rule":"r","time":"{{time}}"}""").Should().BeAfter(DateTimeOffset.MaxValue.AddSeconds(-2));

    private static DateTimeOffset? Of(string alert) =>
        ((ParseResult.Parsed)FalcoAdapter.Parse(Encoding.UTF8.GetBytes(alert))).Findings.Single().OccurredAt;
}
