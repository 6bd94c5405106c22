using System.Buffers;

namespace Operator.Domain.Findings;

/// <summary>
/// How far a document has been looked through for its end. Between documents that stand one after the other a line break inside a string, or a brace
/// at the beginning of a line, shows that the document before is broken, and is its end.
/// </summary>
internal struct AlertScan
{
    private int depth;
    private bool inString;
    private bool escaped;
    private bool atLineStart;
    private bool begun;

    /// <summary>Bytes that have been looked at and are not forgotten.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes looked at are gone; what was seen in them is remembered.</summary>
    public void Forget() => Length = 0;

    /// <summary>Goes on where it stopped. True: the document ends after <see cref="Length"/> bytes.</summary>
    public bool Continue(ReadOnlySequence<byte> buffer, bool ended, bool inArray)
    {
        foreach (var piece in buffer.Slice(Length))
        {
            foreach (var next in piece.Span)
            {
                if (EndsBefore(next, inArray))
                    return true;
                Length++;
                if (EndsWith(next))
                    return true;
            }
        }
        return ended && begun;
    }

    private readonly bool EndsBefore(byte next, bool inArray)
    {
        if (inArray)
            return depth == 0 && !inString && begun && next is (byte)',' or (byte)']';
        return (next == '\n' && (inString || depth == 0)) || (next == '{' && atLineStart && depth > 0);
    }

    private bool EndsWith(byte next)
    {
        (begun, atLineStart) = (true, next == '\n');
        if (inString)
        {
            (inString, escaped) = (escaped || next != '"', !escaped && next == '\\');
            return false;
        }
        switch (next)
        {
            case (byte)'"':
                inString = true;
                return false;
            case (byte)'{' or (byte)'[':
                depth++;
                return false;
            case (byte)'}' or (byte)']':
                return --depth <= 0;
            default:
                return false;
        }
    }
}
