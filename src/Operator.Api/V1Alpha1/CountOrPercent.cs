using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Api.V1Alpha1;

/// <summary>A number of pods, or a share of them such as 25%.</summary>
[JsonConverter(typeof(CountOrPercentConverter))]
public readonly record struct CountOrPercent(int Number, bool IsPercent)
{
    /// <summary>What the string form looks like.</summary>
    public const string Pattern = "^(100|[1-9]?[0-9])%$";

    /// <summary>Reads 3 or 25%; false for anything else.</summary>
    public static bool TryParse(string? text, out CountOrPercent value)
    {
        var percent = text is { Length: > 1 } && text[^1] == '%';
        var parsed = int.TryParse(percent ? text![..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        value = new(number, percent);
        return parsed && (!percent || number <= 100);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}{(IsPercent ? "%" : "")}");
}

/// <summary>Reads an integer or a string; writes what was meant.</summary>
public sealed class CountOrPercentConverter : JsonConverter<CountOrPercent>
{
    /// <inheritdoc/>
    public override CountOrPercent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt32(out var number) && number >= 0 => new(number, false),
            JsonTokenType.String when CountOrPercent.TryParse(reader.GetString(), out var value) => value,
            _ => throw new JsonException("neither a number nor a percentage such as 25%"),
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, CountOrPercent value, JsonSerializerOptions options)
    {
        if (value.IsPercent)
            writer.WriteStringValue(value.ToString());
        else
            writer.WriteNumberValue(value.Number);
    }
}
