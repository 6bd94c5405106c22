using System.Buffers;

namespace Operator.Runtime;

/// <summary>JSON as bytes, before it is understood.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("{}\""u8);

    /// <summary>
    /// How long the object is that begins here; 0 when none does, or it has not arrived as a whole. It looks at braces and strings alone,
    /// several times as fast as a reader skips: whether the object is one is judged by whoever reads it.
    /// </summary>
    public static int LengthOfObject(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'{', ..])
            return 0;
        var (depth, at) = (0, 0);
        while (text[at..].IndexOfAny(Structure) is >= 0 and var distance)
        {
            at += distance + 1;
            switch (text[at - 1])
            {
                case (byte)'{':
                    depth++;
                    break;
                case (byte)'}' when --depth == 0:
                    return at;
                case (byte)'"':
                    var length = LengthOfString(text[at..]);
                    if (length == 0)
                        return 0;
                    at += length;
                    break;
            }
        }
        return 0;
    }

    /// <summary>Up to its closing quotation mark; 0 when that has not arrived.</summary>
    private static int LengthOfString(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (text[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var distance)
        {
            at += distance + 1;
            if (text[at - 1] == '"')
                return at;
            // What follows a backslash ends nothing.
            if (at == text.Length)
                return 0;
            at++;
        }
        return 0;
    }
}
