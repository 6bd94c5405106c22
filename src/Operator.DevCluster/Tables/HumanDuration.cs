namespace Operator.DevCluster.Tables;

/// <summary>Ages as kubectl shows them: 95s, 4m10s, 3h, 2d4h.</summary>
internal static class HumanDuration
{
    public static string Since(string? timestamp, DateTimeOffset now) =>
        Unstructured.ParseTimestamp(timestamp) is { } time ? Format(now - time) : "<unknown>";

    public static string Format(TimeSpan duration)
    {
        int seconds = (int)duration.TotalSeconds, minutes = (int)duration.TotalMinutes, hours = (int)duration.TotalHours, days = hours / 24;
        return duration switch
        {
            { TotalSeconds: <= -2 } => "<invalid>",
            { TotalSeconds: < 0 } => "0s",
            { TotalMinutes: < 2 } => $"{seconds}s",
            { TotalMinutes: < 10 } => $"{minutes}m{Rest(seconds % 60, "s")}",
            { TotalHours: < 3 } => $"{minutes}m",
            { TotalHours: < 8 } => $"{hours}h{Rest(minutes % 60, "m")}",
            { TotalHours: < 48 } => $"{hours}h",
            { TotalDays: < 8 } => $"{days}d{Rest(hours % 24, "h")}",
            { TotalDays: < 2 * 365 } => $"{days}d",
            { TotalDays: < 8 * 365 } => $"{days / 365}y{Rest(days % 365, "d")}",
            _ => $"{days / 365}y",
        };
    }

    private static string Rest(int count, string unit) => count == 0 ? "" : $"{count}{unit}";
}
