using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>
/// Copies one JSON object while it arrives, in whatever pieces, and leaves out what its shape does not name. What is left out is never
/// held: an object of many megabytes costs as much as what is kept of it.
/// </summary>
internal sealed partial class JsonTrimmer : IDisposable
{
    private const int DeepestNesting = 32;

    private readonly Frame[] frames = new Frame[DeepestNesting];
    private readonly PooledText output = new();
    private Place place = Place.Value;
    private readonly JsonShape root;
    private JsonShape? next;
    private JsonSkipper skipper;
    private int depth, partDepth;
    private bool raw, drop;

    private enum Place
    {
        Value,
        ItemOrEnd,
        Name,
        NameOrEnd,
        InName,
        Colon,
        InString,
        InScalar,
        Skipping,
        AfterValue,
        Done,
    }

    public JsonTrimmer(JsonShape root) => next = this.root = root;

    /// <summary>What was kept of the object, once it has arrived as a whole.</summary>
    public ReadOnlySpan<byte> Text => output.All;

    /// <summary>Something was left out although the shape names it.</summary>
    public bool IsTruncated { get; private set; }

    public void Dispose() => output.Dispose();

    /// <summary>Makes ready for the next object.</summary>
    public void Reset()
    {
        output.Clear();
        (depth, partDepth, place, next, IsTruncated) = (0, 0, Place.Value, root, false);
    }

    /// <summary>Takes what belongs to the object; true once that is all of it.</summary>
    public bool Take(ReadOnlySpan<byte> text, out int taken)
    {
        taken = 0;
        while (taken < text.Length && place is not Place.Done)
            taken += Step(text[taken..]);
        return place is Place.Done;
    }

    private int Step(ReadOnlySpan<byte> text)
    {
        switch (place)
        {
            case Place.InName or Place.InString:
                return CopyString(text);
            case Place.InScalar:
                return CopyScalar(text);
            case Place.Skipping:
                return Skip(text);
        }
        if (text[0] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            return 1;
        return (place, text[0]) switch
        {
            (Place.ItemOrEnd, (byte)']') or (Place.NameOrEnd, (byte)'}') => Close(),
            (Place.ItemOrEnd, _) => BeginItem(),
            (Place.Name or Place.NameOrEnd, (byte)'"') => BeginName(),
            (Place.Colon, (byte)':') => Go(Place.Value, 1),
            (Place.Value, var first) => BeginValue(first),
            (Place.AfterValue, (byte)',') => Go(frames[depth - 1].IsList ? Place.ItemOrEnd : Place.Name, 1),
            (Place.AfterValue, var mark) when mark == (frames[depth - 1].IsList ? ']' : '}') => Close(),
            (_, var odd) => throw new JsonException($"'{(char)odd}' where it cannot be"),
        };
    }

    private int Go(Place to, int taken)
    {
        place = to;
        return taken;
    }

    private void BeginEntry()
    {
        ref var frame = ref frames[depth - 1];
        frame.EntryStart = output.Length;
        if (output.Length > frame.Start)
            output.Append(","u8);
    }

    private int BeginItem()
    {
        BeginEntry();
        next = frames[depth - 1].Shape.Element;
        return Go(Place.Value, 0);
    }

    private int BeginValue(byte first)
    {
        if (depth == 0 && first != '{')
            throw new JsonException("no object");
        if (next is not { } shape)
            return BeginSkip(raw: false, drop: true);
        if (first == '"')
            return BeginString(shape);
        if (first is not ((byte)'{' or (byte)'['))
            return BeginScalar();
        if (shape.Kind is JsonShape.Sort.Value)
            return BeginRaw(shape);
        if (first == '[' != shape.Kind is JsonShape.Sort.List)
        {
            // Not what the type says: an empty one is enough for its reader to say so.
            output.Append(first == '[' ? "[]"u8 : "{}"u8);
            return BeginSkip(raw: false, drop: false);
        }
        if (depth == DeepestNesting)
            throw new JsonException("nested too deeply");
        output.Append([first]);
        frames[depth++] = new() { Shape = shape, Start = output.Length };
        if (partDepth == 0 && shape.Kind is JsonShape.Sort.List or JsonShape.Sort.Map)
            (partDepth, frames[depth - 1].PartEnd) = (depth, output.Length + shape.Limits.LargestPart);
        return Go(first == '[' ? Place.ItemOrEnd : Place.NameOrEnd, 1);
    }

    private int Close()
    {
        output.Append(frames[depth - 1].IsList ? "]"u8 : "}"u8);
        if (depth-- == partDepth)
            partDepth = 0;
        End(dropped: false);
        return 1;
    }

    /// <summary>A value is over: it stays, or the entry goes that it belongs to.</summary>
    private void End(bool dropped)
    {
        if (depth == 0)
        {
            place = Place.Done;
            return;
        }
        place = Place.AfterValue;
        ref var frame = ref frames[depth - 1];
        if (dropped)
            output.Length = frame.EntryStart;
        else if (depth == partDepth && frame.Own is not null)
            frame.PartEnd += output.Length - frame.EntryStart;
        if (partDepth > 0 && output.Length > frames[partDepth - 1].PartEnd)
            DropEntry(frames[partDepth - 1].EntryStart);
    }

    /// <summary>A list or map has as much as it may: the entry that is too much goes, with all that is yet to come of it.</summary>
    private void DropEntry(int at)
    {
        IsTruncated = true;
        output.Length = at;
        if (depth == partDepth)
            return;
        skipper = JsonSkipper.Within(depth - partDepth);
        (depth, raw, drop, place) = (partDepth, false, true, Place.Skipping);
    }

    /// <summary>An object, list or map that has begun.</summary>
    private struct Frame
    {
        public JsonShape Shape;
        public int Start, EntryStart, PartEnd;
        public int? Own;

        public readonly bool IsList => Shape.Kind is JsonShape.Sort.List;
    }
}
