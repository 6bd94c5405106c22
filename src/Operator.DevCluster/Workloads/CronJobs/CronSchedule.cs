namespace Operator.DevCluster.Workloads.CronJobs;

/// <summary>When a CronJob is due: the usual five fields, or a word for them.</summary>
internal sealed record CronSchedule
{
    /// <summary>A day that never comes (31 February) is not looked for any longer.</summary>
    private const int LongestYears = 5;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly TimeZoneInfo zone;
    private readonly CronField minute, hour, day, month, weekday;

    private CronSchedule(IReadOnlyList<string> fields, TimeZoneInfo zone)
    {
        this.zone = zone;
        minute = CronField.Parse(fields[0], 0, 59);
        hour = CronField.Parse(fields[1], 0, 23);
        day = CronField.Parse(fields[2], 1, 31);
        month = CronField.Parse(fields[3], 1, 12, Months);
        weekday = CronField.Parse(fields[4], 0, 6, Days);
    }

    /// <exception cref="FormatException">It is no schedule.</exception>
    public static CronSchedule Parse(string text, string? timeZone = null)
    {
        string[] fields = Spelled(text.Trim()).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone ?? "UTC", out var zone))
            throw new FormatException($"unknown time zone {timeZone}");
        return new(fields, zone);
    }

    /// <summary>The first time after another; null if there is none in years.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, zone).DateTime;
        var next = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        for (var end = next.AddYears(LongestYears); next < end;)
        {
            if (!month.Allows(next.Month))
                next = new DateTime(next.Year, next.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1);
            else if (!AllowsDay(next))
                next = next.Date.AddDays(1);
            else if (!hour.Allows(next.Hour))
                next = next.Date.AddHours(next.Hour + 1);
            else if (!minute.Allows(next.Minute) || zone.IsInvalidTime(next))
                next = next.AddMinutes(1);
            else
                return new DateTimeOffset(next, zone.GetUtcOffset(next)).ToUniversalTime();
        }
        return null;
    }

    /// <summary>Where both days are given, either will do.</summary>
    private bool AllowsDay(DateTime date)
    {
        bool ofMonth = day.Allows(date.Day), ofWeek = weekday.Allows((int)date.DayOfWeek);
        return day.IsAny || weekday.IsAny ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    private static string Spelled(string text) => text switch
    {
        "@yearly" or "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" or "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        ['@', ..] => throw new FormatException($"unrecognized descriptor: {text}"),
        _ => text,
    };
}
