using System.Buffers;

namespace Operator.Domain.Findings;

/// <summary>One JSON document of a body.</summary>
/// <param name="Bytes">The document; empty where <paramref name="Error"/> says why there is none.</param>
/// <param name="Line">The line that it begins on, counted from 1.</param>
/// <param name="Error">Why it cannot be read; null for a document that a format may read.</param>
public readonly record struct FramedAlert(ReadOnlySequence<byte> Bytes, int Line, string? Error);

/// <summary>
/// Cuts a body into its JSON documents while it arrives: one document, an array of them, or one after the other, as on lines. It holds no bytes:
/// the caller keeps what is not consumed, at most one document and the piece that arrived last. A broken document costs only itself.
/// </summary>
/// <param name="maximumBytes">The most bytes of one document.</param>
public sealed class AlertFraming(int maximumBytes = AlertFraming.MaximumBytes)
{
    /// <summary>The most bytes of one document of a body that arrives. Falco's alerts have a few thousand.</summary>
    public const int MaximumBytes = 256 * 1024;

    private Place place = Place.Start;
    private AlertScan scan;
    private int line = 1;
    private bool discarding;

    private enum Place
    {
        Start,
        Documents,
        Array,
        AfterArray,
        End,
    }

    /// <summary>Whether the body is an array.</summary>
    public bool IsArray { get; private set; }

    /// <summary>
    /// The next document, or null where more bytes are needed. <paramref name="buffer"/> begins behind it afterwards.
    /// <paramref name="ended"/>: no more bytes will follow.
    /// </summary>
    public FramedAlert? Next(ref ReadOnlySequence<byte> buffer, bool ended)
    {
        while (true)
        {
            if (!discarding && scan.Length == 0 && !Begin(ref buffer, ended, out var early))
                return early;
            var found = scan.Continue(buffer, ended, inArray: place == Place.Array);
            if (discarding)
            {
                Consume(ref buffer, scan.Length);
                discarding = !found;
                if (!found)
                {
                    scan.Forget();
                    return null;
                }
                scan = default;
                continue;
            }
            if (scan.Length > maximumBytes)
            {
                var begins = line;
                Consume(ref buffer, scan.Length);
                discarding = !found;
                if (found)
                    scan = default;
                else
                    scan.Forget();
                return new(default, begins, $"an alert has at most {maximumBytes} bytes");
            }
            if (!found)
                return null;
            var document = new FramedAlert(buffer.Slice(0, scan.Length), line, null);
            Consume(ref buffer, scan.Length);
            scan = default;
            return document;
        }
    }

    /// <summary>Goes to the first byte of the next document; false where there is none, or none yet.</summary>
    private bool Begin(ref ReadOnlySequence<byte> buffer, bool ended, out FramedAlert? early)
    {
        early = null;
        if (place == Place.Start && !SkipMark(ref buffer, ended))
            return false;
        SkipSpace(ref buffer);
        if (buffer.IsEmpty)
        {
            if (ended && place == Place.Array)
                (early, place) = (new(default, line, "the array is not closed: the body may be cut short"), Place.End);
            return false;
        }
        switch (place)
        {
            case Place.Start when buffer.FirstSpan[0] == '[':
                (IsArray, place) = (true, Place.Array);
                Consume(ref buffer, 1);
                return Begin(ref buffer, ended, out early);
            case Place.Start:
                place = Place.Documents;
                return true;
            case Place.Array when buffer.FirstSpan[0] == ']':
                place = Place.AfterArray;
                Consume(ref buffer, 1);
                return Begin(ref buffer, ended, out early);
            case Place.AfterArray:
                (early, place) = (new(default, line, "text follows the array"), Place.End);
                return false;
            case Place.End:
                Consume(ref buffer, buffer.Length);
                return false;
            default:
                return true;
        }
    }

    private static bool SkipMark(ref ReadOnlySequence<byte> buffer, bool ended)
    {
        if (buffer.Length < 3 && !ended && !buffer.IsEmpty && buffer.FirstSpan[0] == 0xEF)
            return false;
        Span<byte> first = stackalloc byte[3];
        if (buffer.Length < 3)
            return true;
        buffer.Slice(0, 3).CopyTo(first);
        if (first.SequenceEqual("\uFEFF"u8))
            buffer = buffer.Slice(3);
        return true;
    }

    /// <summary>Whitespace, and between the elements of an array commas.</summary>
    private void SkipSpace(ref ReadOnlySequence<byte> buffer)
    {
        var skip = place == Place.Array ? " \t\r\n,"u8 : " \t\r\n"u8;
        while (!buffer.IsEmpty)
        {
            var span = buffer.FirstSpan;
            var rest = span.TrimStart(skip);
            Consume(ref buffer, span.Length - rest.Length);
            if (!rest.IsEmpty)
                return;
        }
    }

    private void Consume(ref ReadOnlySequence<byte> buffer, long length)
    {
        foreach (var piece in buffer.Slice(0, length))
            line += piece.Span.Count((byte)'\n');
        buffer = buffer.Slice(length);
    }
}
