using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>One page of a list.</summary>
/// <param name="ResourceVersion">The version of the whole list; a watch goes on from it.</param>
/// <param name="Continue">The token of the next page; null on the last.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue)
{
    /// <summary>Objects of the page that do not fit the type.</summary>
    public IReadOnlyList<UnreadableObject> Unreadable { get; init; } = [];
}

/// <summary>An object that is there and does not fit the type.</summary>
public sealed record UnreadableObject(ObjectKey Key, string ResourceVersion, string Why);

/// <summary>Which objects a list or a watch is about.</summary>
public sealed record Selection
{
    public static readonly Selection All = new();

    public string? Namespace { get; init; }
    public string? LabelSelector { get; init; }
    public string? FieldSelector { get; init; }

    internal string Query =>
        (LabelSelector is null ? "" : $"&labelSelector={Uri.EscapeDataString(LabelSelector)}")
        + (FieldSelector is null ? "" : $"&fieldSelector={Uri.EscapeDataString(FieldSelector)}");
}

public sealed partial class ResourceApi<T>
{
    public const int PageSize = 500;

    /// <summary>One page. A page is parsed item by item into the trimmed type, so that only one page's text is held at a time.</summary>
    public Task<ApiResult<ListPage<T>>> ListAsync(Selection selection, string? continueToken = null, int limit = PageSize, CancellationToken cancellation = default)
    {
        var path = $"{kind.CollectionPath(selection.Namespace)}?limit={limit}{selection.Query}"
            + (continueToken is null ? "" : $"&continue={Uri.EscapeDataString(continueToken)}");
        return RequestAsync(
            HttpMethod.Get,
            path,
            content: null,
            async (body, c) =>
            {
                using var text = await RentedText.ReadAsync(body, c);
                return Parse(text.Span);
            },
            cancellation);
    }

    /// <summary>Whatever is no list must not read as an empty one: all that is known would be taken for deleted.</summary>
    private ListPage<T> Parse(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        List<T>? items = null;
        List<UnreadableObject> unreadable = [];
        ListMetadata? metadata = null;
        reader.Read();
        Expect(reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
                items = ParseItems(ref reader, unreadable);
            else if (reader.ValueTextEquals("metadata"u8))
                metadata = JsonSerializer.Deserialize(ref reader, RuntimeJson.Default.ListMetadata);
            else
                reader.Skip();
        }
        return items is not null && metadata is { ResourceVersion: { Length: > 0 } version }
            ? new ListPage<T>(items, version, string.IsNullOrEmpty(metadata.Continue) ? null : metadata.Continue) { Unreadable = unreadable }
            : throw new JsonException("a list without items or a version");
    }

    private List<T> ParseItems(ref Utf8JsonReader reader, List<UnreadableObject> unreadable)
    {
        List<T> items = [];
        reader.Read();
        // An empty list may be `null`: Go's nil slice.
        if (reader.TokenType == JsonTokenType.Null)
            return items;
        Expect(reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadObject(ref reader, out var unfit) is { } item)
                items.Add(item);
            else
                unreadable.Add(unfit!);
        }
        return items;
    }

    /// <summary>
    /// One object of a list or a watch: with a name and a version, or it cannot be kept. One that has both and does not fit the type
    /// otherwise, such as one with a value that only a newer version knows, must not keep all others from being seen.
    /// </summary>
    private T? ReadObject(ref Utf8JsonReader reader, out UnreadableObject? unfit)
    {
        var start = reader;
        unfit = null;
        try
        {
            return JsonSerializer.Deserialize(ref reader, kind.Json) is { Metadata: { Name.Length: > 0, ResourceVersion.Length: > 0 } } value
                ? value
                : throw new JsonException("an object without a name or a version");
        }
        catch (Exception failure) when (IsUnreadable(failure) && start.TokenType is JsonTokenType.StartObject)
        {
            reader = start;
            if (JsonSerializer.Deserialize(ref reader, RuntimeJson.Default.BareObject)?.Metadata is not { Name: { Length: > 0 } name, ResourceVersion: { Length: > 0 } version } metadata)
                throw;
            unfit = new(new(metadata.Namespace ?? "", name), version, failure.Message);
            return null;
        }
    }

    private static void Expect(Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
            throw new JsonException($"{reader.TokenType} where {token} should be");
    }

    /// <summary>What System.Text.Json and the converters of a type throw at bytes they did not expect.</summary>
    private static bool IsUnreadable(Exception failure) => failure is JsonException or InvalidOperationException or FormatException or NotSupportedException;
}

/// <summary>The text of one answer in a rented buffer.</summary>
internal sealed class RentedText : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
    private int length;

    public ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    public static async Task<RentedText> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var text = new RentedText();
        while (true)
        {
            if (text.length == text.buffer.Length)
                text.Grow();
            var read = await stream.ReadAsync(text.buffer.AsMemory(text.length), cancellation);
            if (read == 0)
                return text;
            text.length += read;
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
