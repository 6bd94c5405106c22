using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Operator.Domain.Findings;

/// <summary>
/// The members of a JSON object from anywhere. Names differ in case between senders ("Rule" for "rule"), a lower-case one is
/// preferred. Bytes that are no UTF-8 become replacement characters;
/// what is no text, or has half of a surrogate pair, is not there.
/// </summary>
internal sealed class JsonMembers
{
    /// <summary>A sender must not make a dictionary of a hundred thousand empty members.</summary>
    private const int MostMembers = 1024;

    /// <summary>Bytes of a text that are read as a whole. No field keeps as many.</summary>
    private const int Longest = 16 * 1024;

    private readonly Dictionary<string, JsonElement> members = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="value">Anything; only an object has members.</param>
    public JsonMembers(JsonElement? value)
    {
        if (value is not { ValueKind: JsonValueKind.Object } given)
            return;
        foreach (var property in given.EnumerateObject())
        {
            if (members.Count == MostMembers)
                break;
            if (NameOf(property) is not { } name)
                continue;
            if (name.Any(char.IsAsciiLetterUpper))
                members.TryAdd(name, property.Value);
            else
                members[name] = property.Value;
        }
    }

    public IEnumerable<KeyValuePair<string, JsonElement>> All => members;

    public JsonElement? Get(string name) => members.TryGetValue(name, out var value) ? value : null;

    public string? String(string name) => Get(name) is { ValueKind: JsonValueKind.String } value ? Decoded(value) : null;

    public static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Decoded(value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>The text, of one that is longer than any field keeps only its beginning.</summary>
    public static string? Decoded(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        try
        {
            return raw.Length <= Longest ? value.GetString() : Beginning(raw);
        }
        catch (InvalidOperationException)
        {
            return BrokenText.Decode(raw.Length <= Longest ? raw : raw[1..Longest]);
        }
    }

    /// <summary>Strings as long as a whole alert would cost the collector more than all else of it.</summary>
    private static string Beginning(ReadOnlySpan<byte> raw)
    {
        var whole = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            Utf8JsonReader reader = new(raw);
            reader.Read();
            var text = whole.AsSpan(0, Math.Min(reader.CopyString(whole), Longest));
            return new(char.IsHighSurrogate(text[^1]) ? text[..^1] : text);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(whole);
        }
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return BrokenText.Decode(JsonMarshal.GetRawUtf8PropertyName(property));
        }
    }
}
