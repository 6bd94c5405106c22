using System.Globalization;

namespace Operator.Domain.Findings;

/// <summary>Falco's times: RFC 3339 with up to nine fraction digits, and what has been seen in their place.</summary>
internal static class FalcoTime
{
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Latest = DateTimeOffset.MaxValue.AddSeconds(-1);

    /// <summary>Null for what is no time, or one that no detector could mean.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var epoch))
            return FromEpoch(epoch);
        // A time without a date would be read as today's, and today is nobody's business here.
        if (text?.Trim() is not [>= '0' and <= '9', >= '0' and <= '9', >= '0' and <= '9', >= '0' and <= '9', '-', .. { Length: >= 5 }] dated)
            return null;
        var leap = dated.Length > 19 && dated[17..19] == "60";
        var trimmed = Offset(Fraction(Zone(leap ? $"{dated[..17]}59{dated[19..]}" : dated)));
        return DateTimeOffset.TryParse(trimmed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? Plausible(leap && time < Latest ? time.AddSeconds(1) : time) : null;
    }

    /// <summary>evt.time: nanoseconds since 1970. Seconds, milliseconds and microseconds are told by their size.</summary>
    public static DateTimeOffset? FromEpoch(decimal value)
    {
        var seconds = value switch
        {
            >= 1e17m => value / 1e9m,
            >= 1e14m => value / 1e6m,
            >= 1e11m => value / 1e3m,
            _ => value,
        };
        return seconds is > 0 and < 4e9m ? Plausible(DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))) : null;
    }

    private static DateTimeOffset? Plausible(DateTimeOffset time) => time >= Earliest ? time : null;

    /// <summary>Go writes `2026-11-30 21:30:00.5 +0000 UTC m=+0.1`: the offset says it all, without the space before it.</summary>
    private static string Zone(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 3 ? text : $"{parts[0]}T{parts[1]}{(parts[2][0] is '+' or '-' or 'Z' ? parts[2] : "Z")}";
    }

    /// <summary>.NET keeps seven fraction digits, after a point.</summary>
    private static string Fraction(string text)
    {
        text = text.Replace(',', '.');
        var dot = text.IndexOf('.');
        if (dot < 0)
            return text;
        var end = dot + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return end - dot - 1 > 7 ? text[..(dot + 8)] + text[end..] : text;
    }

    /// <summary>`…46Z+2` and `+0800` have been seen; Z wins, and a missing colon is put in.</summary>
    private static string Offset(string text)
    {
        if (text.IndexOf('Z') is var z and > 0)
            return text[..(z + 1)];
        var sign = text.LastIndexOfAny(['+', '-']);
        return sign > 10 && text.Length - sign == 5 && text[(sign + 1)..].All(char.IsAsciiDigit) ? text[..(sign + 3)] + ":" + text[(sign + 3)..] : text;
    }
}
