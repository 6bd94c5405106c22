using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>Names and values, as they are copied.</summary>
internal sealed partial class JsonTrimmer
{
    private const int LongestName = 512, LongestScalar = 128;
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]} \t\r\n"u8);

    private int start, limit;
    private bool over, escaped;

    private int BeginName()
    {
        BeginEntry();
        return BeginString(Place.InName, LongestName);
    }

    private int BeginString(JsonShape shape)
    {
        var within = frames[depth - 1];
        return BeginString(Place.InString, within.Shape.Kind is JsonShape.Sort.Map ? within.Own ?? shape.Limits.LargestPart : shape.Limits.LongestString);
    }

    private int BeginString(Place to, int most)
    {
        (start, limit, over, escaped) = (output.Length, most, false, false);
        output.Append("\""u8);
        return Go(to, 1);
    }

    private int BeginScalar()
    {
        start = output.Length;
        return Go(Place.InScalar, 0);
    }

    private int BeginRaw(JsonShape shape)
    {
        (start, limit, over) = (output.Length, shape.Limits.LargestPart, false);
        return BeginSkip(raw: true, drop: false);
    }

    private int BeginSkip(bool raw, bool drop)
    {
        (skipper, this.raw, this.drop) = (new(), raw, drop);
        return Go(Place.Skipping, 0);
    }

    private int Skip(ReadOnlySpan<byte> text)
    {
        var taken = skipper.Skip(text, out var isEnd);
        if (raw)
            Copy(text[..taken]);
        if (isEnd)
        {
            IsTruncated |= raw && over;
            End(drop || (raw && over));
        }
        return taken;
    }

    private int CopyScalar(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(ScalarEnd);
        output.Append(text[..(end < 0 ? Math.Min(text.Length, LongestScalar) : end)]);
        if (output.Length - start > LongestScalar)
            throw new JsonException("no number, and no literal");
        if (end >= 0)
            End(dropped: false);
        return end < 0 ? text.Length : end;
    }

    private int CopyString(ReadOnlySpan<byte> text)
    {
        var at = 0;
        var isEnd = false;
        while (at < text.Length && !isEnd)
        {
            if (escaped)
            {
                escaped = false;
                at++;
            }
            else if (text[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var found)
            {
                at += found + 1;
                isEnd = text[at - 1] == '"';
                escaped = !isEnd;
            }
            else
            {
                at = text.Length;
            }
        }
        Copy(text[..at]);
        if (isEnd && place is Place.InName)
            EndName();
        else if (isEnd)
            EndString();
        return at;
    }

    private void Copy(ReadOnlySpan<byte> text)
    {
        if (over)
            return;
        // Two more for the quotation marks.
        var room = limit + 2 - (output.Length - start);
        over = text.Length > room;
        output.Append(over ? text[..room] : text);
    }

    private void EndName()
    {
        ref var frame = ref frames[depth - 1];
        next = over ? null : frame.Shape.Under(output.All[(start + 1)..^1], out frame.Own);
        IsTruncated |= over && frame.Shape.Kind is JsonShape.Sort.Map;
        if (next is null)
            output.Length = frame.EntryStart;
        else
            output.Append(":"u8);
        place = Place.Colon;
    }

    /// <summary>A field that is too long is cut. An entry of a list or map is a name, a selector's value or JSON, of which a part means something else.</summary>
    private void EndString()
    {
        if (!over)
        {
            End(dropped: false);
            return;
        }
        if (frames[depth - 1].Shape.Kind is not JsonShape.Sort.Object)
        {
            IsTruncated = true;
            End(dropped: true);
            return;
        }
        IsTruncated |= !next!.IsMessage;
        output.Length = start + 1 + WholeCharacters(output.All[(start + 1)..]);
        output.Append("\""u8);
        End(dropped: false);
    }

    /// <summary>Up to a plain character: what stands before one is no half of an escape, a surrogate pair or a UTF-8 sequence.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        var (at, whole) = (0, 0);
        while (at < text.Length)
        {
            if (text[at] == '\\')
            {
                at += at + 1 < text.Length && text[at + 1] == 'u' ? 6 : 2;
                continue;
            }
            if (text[at] < 0x80)
                whole = at;
            at++;
        }
        return whole;
    }
}
