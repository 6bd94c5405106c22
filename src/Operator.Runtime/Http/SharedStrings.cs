using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Runtime;

/// <summary>
/// Objects say the same again and again: names of labels, images, reasons. What was read lately is not kept a second time.
/// It forgets by overwriting, so it never grows.
/// </summary>
internal sealed class SharedStrings : JsonConverter<string>
{
    private const int Longest = 256;
    private readonly string?[] lately = new string?[1 << 13];

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String ? Shared(ref reader) : reader.GetString();

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Shared(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private string Shared(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.HasValueSequence || reader.ValueSpan.Length is 0 or > Longest)
            return reader.GetString()!;
        ref var place = ref lately[Hash(reader.ValueSpan) % (uint)lately.Length];
        // Two threads may write the same place: either string is right.
        if (place is { } known && known.Length == reader.ValueSpan.Length && reader.ValueTextEquals(known))
            return known;
        return place = reader.GetString()!;
    }

    /// <summary>Four bytes each of the beginning, the middle and the end tell most apart.</summary>
    private static uint Hash(ReadOnlySpan<byte> text)
    {
        if (text.Length < sizeof(uint))
            return (uint)((text[0] * 31) + (text[^1] * 7) + text.Length);
        var hash = (uint)text.Length;
        hash = (hash ^ MemoryMarshal.Read<uint>(text)) * 0x9E3779B1;
        hash = (hash ^ MemoryMarshal.Read<uint>(text[((text.Length - sizeof(uint)) / 2)..])) * 0x85EBCA77;
        hash = (hash ^ MemoryMarshal.Read<uint>(text[^sizeof(uint)..])) * 0xC2B2AE3D;
        return hash ^ (hash >> 15);
    }
}
