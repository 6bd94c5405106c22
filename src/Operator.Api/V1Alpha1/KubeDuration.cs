using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Api.V1Alpha1;

/// <summary>A duration as Kubernetes users write it: 500ms, 30s, 5m, 1h30m.</summary>
[JsonConverter(typeof(KubeDurationConverter))]
public readonly record struct KubeDuration(TimeSpan Value)
{
    /// <summary>What a duration looks like. So few digits fit any span that can be counted with.</summary>
    public const string Pattern = @"^([0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m|h))+$";

    private static readonly System.Buffers.SearchValues<char> NumberCharacters = System.Buffers.SearchValues.Create("0123456789.");

    /// <summary>Reads 1h30m; false for anything else, and for what is longer than a TimeSpan can be.</summary>
    public static bool TryParse(string? text, out KubeDuration duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text))
            return false;
        var total = TimeSpan.Zero;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            rest = rest[digits..];
            var (length, unit) = rest switch
            {
                ['m', 's', ..] => (2, TimeSpan.FromMilliseconds(1)),
                ['s', ..] => (1, TimeSpan.FromSeconds(1)),
                ['m', ..] => (1, TimeSpan.FromMinutes(1)),
                ['h', ..] => (1, TimeSpan.FromHours(1)),
                _ => (0, TimeSpan.Zero),
            };
            if (length == 0 || number >= (TimeSpan.MaxValue - total) / unit)
                return false;
            total += unit * number;
            rest = rest[length..];
        }
        duration = new(total);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    public static KubeDuration Parse(string text) =>
        TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is no duration such as 30s or 1h30m");

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Value < TimeSpan.FromSeconds(1))
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Round(Value.TotalMilliseconds))}{(Value <= TimeSpan.Zero ? "s" : "ms")}");
        var text = new StringBuilder();
        if (Value.TotalHours >= 1)
            text.Append(CultureInfo.InvariantCulture, $"{(long)Value.TotalHours}h");
        if (Value.Minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{Value.Minutes}m");
        var seconds = Value.Seconds + Math.Round(Value.Milliseconds / 1000.0, 3);
        if (seconds > 0 || text.Length == 0)
            text.Append(CultureInfo.InvariantCulture, $"{seconds:0.###}s");
        return text.ToString();
    }

    /// <summary>The span of time itself.</summary>
    public static implicit operator TimeSpan(KubeDuration duration) => duration.Value;

    /// <summary>A span of time as users write it.</summary>
    public static implicit operator KubeDuration(TimeSpan span) => new(span);
}

/// <summary>Reads and writes <see cref="KubeDuration"/> as a string.</summary>
public sealed class KubeDurationConverter : JsonConverter<KubeDuration>
{
    /// <inheritdoc/>
    public override KubeDuration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        KubeDuration.TryParse(reader.GetString(), out var duration) ? duration : throw new JsonException("not a duration such as 30s or 1h30m");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, KubeDuration value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
