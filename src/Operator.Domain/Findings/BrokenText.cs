using System.Globalization;
using System.Text;

namespace Operator.Domain.Findings;

/// <summary>Decodes JSON text with bytes that are no UTF-8: they become U+FFFD and the rest of the text is kept.</summary>
internal static class BrokenText
{
    /// <param name="raw">As it stands in the document, with or without its quotation marks.</param>
    /// <returns>Null for text with half of a surrogate pair, which somebody has escaped on purpose.</returns>
    public static string? Decode(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.UTF8.GetString(raw.Length > 1 && raw[0] == '"' ? raw[1..^1] : raw);
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                decoded.Append(text[i]);
                continue;
            }
            i++;
            if (text[i] == 'u' && i + 4 < text.Length && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                decoded.Append((char)unit);
                i += 4;
            }
            else
            {
                decoded.Append(text[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', var other => other });
            }
        }
        for (var i = 0; i < decoded.Length; i++)
        {
            if (char.IsHighSurrogate(decoded[i]) && i + 1 < decoded.Length && char.IsLowSurrogate(decoded[i + 1]))
                i++;
            else if (char.IsSurrogate(decoded[i]))
                return null;
        }
        return decoded.ToString();
    }
}
