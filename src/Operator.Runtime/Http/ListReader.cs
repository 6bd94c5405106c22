using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Reads a list while it arrives, item by item: neither its text nor that of an item is ever held as a whole, but what a shape keeps.</summary>
/// <param name="each">Takes each item instead of the page.</param>
internal sealed class ListReader<T>(JsonTypeInfo<T> json, JsonShape shape, Action<T>? each = null) : IDisposable
    where T : class, IMetadata<V1ObjectMeta>
{
    private const int BufferSize = 1 << 16;

    private readonly JsonTrimmer item = new(shape);
    private readonly List<T> items = [];
    private readonly List<UnreadableObject> unreadable = [];
    private ListMetadata? metadata;
    private bool hasItems, withinItem;
    private Place place = Place.Start;
    private JsonReaderState state;

    private enum Place
    {
        Start,
        List,
        Items,
        End,
    }

    public void Dispose() => item.Dispose();

    public async Task<ListPage<T>> ReadAsync(Stream body, CancellationToken cancellation)
    {
        var (buffer, length, bytes) = (ArrayPool<byte>.Shared.Rent(BufferSize), 0, 0L);
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(buffer.AsMemory(length), cancellation);
                (length, bytes) = (length + read, bytes + read);
                var taken = Take(buffer.AsSpan(0, length), isLast: read == 0);
                if (read == 0)
                    return Page(bytes);
                buffer.AsSpan(taken, length - taken).CopyTo(buffer);
                length -= taken;
                if (length == buffer.Length)
                    throw new JsonException("a list whose own fields are larger than it can have");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whatever is no list must not read as an empty one: all that is known would be taken for deleted.</summary>
    private ListPage<T> Page(long bytes) => place is Place.End && hasItems && metadata is { ResourceVersion: { Length: > 0 } version }
        ? new(items, version, string.IsNullOrEmpty(metadata.Continue) ? null : metadata.Continue) { Bytes = bytes, Unreadable = unreadable }
        : throw new JsonException("a list without items or a version");

    /// <summary>How much of the text was read: the rest is looked at again with what follows.</summary>
    private int Take(ReadOnlySpan<byte> text, bool isLast)
    {
        var taken = 0;
        while (true)
        {
            if (place is Place.Items)
                taken += TakeItems(text[taken..]);
            if (withinItem)
                return taken;
            var reader = new Utf8JsonReader(text[taken..], isLast, state);
            if (!TakeNext(ref reader))
                return taken;
            (taken, state) = (taken + (int)reader.BytesConsumed, reader.CurrentState);
        }
    }

    /// <summary>Items, and what separates them. Anything else is the reader's to judge.</summary>
    private int TakeItems(ReadOnlySpan<byte> text)
    {
        var taken = 0;
        while (true)
        {
            if (!withinItem)
                taken += text[taken..].IndexOfAnyExcept(" \t\r\n,"u8) is >= 0 and var skipped ? skipped : text.Length - taken;
            if (taken == text.Length || (!withinItem && text[taken] != '{'))
                return taken;
            withinItem = !item.Take(text[taken..], out var more);
            taken += more;
            if (withinItem)
                return taken;
            if (ObjectReader.Read(item.Text, item.IsTruncated, json, out var unfit) is not { } read)
                unreadable.Add(unfit!);
            else if (each is null)
                items.Add(read);
            else
                each(read);
            item.Reset();
        }
    }

    /// <summary>One part of the list, once all of it has arrived.</summary>
    private bool TakeNext(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        switch (place)
        {
            case Place.Start:
                Expect(reader, JsonTokenType.StartObject);
                place = Place.List;
                return true;
            case Place.List when reader.TokenType is JsonTokenType.EndObject:
                place = Place.End;
                return true;
            case Place.List when reader.ValueTextEquals("items"u8):
                return TakeStartOfItems(ref reader);
            case Place.List when reader.ValueTextEquals("metadata"u8):
                var value = reader;
                if (!reader.TrySkip())
                    return false;
                metadata = JsonSerializer.Deserialize(ref value, RuntimeJson.Default.ListMetadata);
                return true;
            case Place.List:
                return reader.TrySkip();
            case Place.Items:
                Expect(reader, JsonTokenType.EndArray);
                place = Place.List;
                return true;
            default:
                throw new JsonException("more than a list");
        }
    }

    private bool TakeStartOfItems(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        hasItems = true;
        // An empty list may be `null`: Go's nil slice.
        if (reader.TokenType is JsonTokenType.Null)
            return true;
        Expect(reader, JsonTokenType.StartArray);
        place = Place.Items;
        return true;
    }

    private static void Expect(in Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
            throw new JsonException($"{reader.TokenType} where {token} should be");
    }
}
