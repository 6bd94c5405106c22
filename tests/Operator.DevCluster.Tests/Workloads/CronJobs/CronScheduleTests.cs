using System.Globalization;
using Operator.DevCluster.Workloads.CronJobs;

namespace Operator.DevCluster.Tests.Workloads.CronJobs;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("* * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z")]
    [InlineData("*/15 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z")]
    [InlineData("5,50-52 3 * * *", "2026-01-01T03:50:00Z", "2026-01-01T03:51:00Z")]
    [InlineData("5/20 * * * *", "2026-01-01T00:26:00Z", "2026-01-01T00:45:00Z")]
    [InlineData("0 2 * * *", "2026-01-31T02:00:00Z", "2026-02-01T02:00:00Z")]
    [InlineData("30 4 1,15 * 5", "2026-01-01T05:00:00Z", "2026-01-02T04:30:00Z")]
    [InlineData("0 0 13 * FRI", "2026-01-10T00:00:00Z", "2026-01-13T00:00:00Z")]
    [InlineData("0 0 * * mon-wed", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z")]
    [InlineData("0 0 29 feb ?", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 0 31 2 *", "2026-01-01T00:00:00Z", null)]
    public void The_next_time_follows_from_the_schedule(string schedule, string after, string? next) =>
        CronSchedule.Parse(schedule).After(Time(after)).Should().Be(next is null ? null : Time(next));

    [Theory]
    [InlineData("0 2 * * *", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z")]
    public void The_hours_are_those_of_its_time_zone(string schedule, string after, string next) =>
        CronSchedule.Parse(schedule, "Europe/Berlin").After(Time(after)).Should().Be(Time(next));

    [Theory]
    [InlineData("* * * *", "expected exactly 5 fields, found 4: [* * * *]")]
    [InlineData("60 * * * *", "end of range (60) above maximum (59): 60")]
    [InlineData("* * 0 * *", "beginning of range (0) below minimum (1): 0")]
    [InlineData("* 5-3 * * *", "beginning of range (5) beyond end of range (3): 5-3")]
    [InlineData("*/0 * * * *", "step of range should be a positive number: */0")]
    [InlineData("1/2/3 * * * *", "too many slashes: 1/2/3")]
    [InlineData("1-2-3 * * * *", "too many hyphens: 1-2-3")]
    [InlineData("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax")]
    [InlineData("@sometimes", "unrecognized descriptor: @sometimes")]
    public void What_is_no_schedule_is_refused(string schedule, string why) =>
        FluentActions.Invoking(() => CronSchedule.Parse(schedule)).Should().Throw<FormatException>().Which.Message.Should().Be(why);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
