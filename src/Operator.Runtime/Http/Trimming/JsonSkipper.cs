using System.Buffers;

namespace Operator.Runtime;

/// <summary>Finds the end of a JSON value in whatever pieces it arrives. It looks at brackets and strings alone, several times as fast as a reader.</summary>
internal struct JsonSkipper
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("{}[]\""u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]} \t\r\n"u8);

    private int depth;
    private bool inString, escaped, inScalar;

    /// <summary>From within a value: up to the end of so many objects and lists.</summary>
    public static JsonSkipper Within(int depth) => new() { depth = depth };

    /// <summary>How much of the text belongs to the value.</summary>
    public int Skip(ReadOnlySpan<byte> text, out bool isEnd)
    {
        var at = 0;
        isEnd = false;
        if (depth == 0 && !inString && !inScalar)
            inScalar = text[0] is not ((byte)'{' or (byte)'[' or (byte)'"');
        if (inScalar)
        {
            var end = text.IndexOfAny(ScalarEnd);
            isEnd = end >= 0;
            return isEnd ? end : text.Length;
        }
        while (at < text.Length && !isEnd)
        {
            at += inString ? SkipString(text[at..]) : SkipStructure(text[at..]);
            isEnd = depth == 0 && !inString;
        }
        return at;
    }

    private int SkipStructure(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny(Structure) is not (>= 0 and var at))
            return text.Length;
        switch (text[at])
        {
            case (byte)'"':
                inString = true;
                break;
            case (byte)'{' or (byte)'[':
                depth++;
                break;
            default:
                depth--;
                break;
        }
        return at + 1;
    }

    private int SkipString(ReadOnlySpan<byte> text)
    {
        if (escaped)
        {
            // What follows a backslash ends nothing.
            escaped = false;
            return 1;
        }
        if (text.IndexOfAny((byte)'"', (byte)'\\') is not (>= 0 and var at))
            return text.Length;
        escaped = text[at] == '\\';
        inString = escaped;
        return at + 1;
    }
}
