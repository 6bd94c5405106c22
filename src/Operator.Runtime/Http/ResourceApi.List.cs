using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>One page of a list.</summary>
/// <param name="ResourceVersion">The version of the whole list; a watch goes on from it.</param>
/// <param name="Continue">The token of the next page; null on the last.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);

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
    public async Task<ApiResult<ListPage<T>>> ListAsync(Selection selection, string? continueToken = null, int limit = PageSize, CancellationToken cancellation = default)
    {
        var path = $"{kind.CollectionPath(selection.Namespace)}?limit={limit}{selection.Query}"
            + (continueToken is null ? "" : $"&continue={Uri.EscapeDataString(continueToken)}");
        using var response = await ExchangeAsync(HttpMethod.Get, path, content: null, cancellation);
        if (!response.IsSuccessStatusCode)
            return await RefusalAsync<ListPage<T>>(response, cancellation);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            using var text = await RentedText.ReadAsync(body, cancellation);
            return new ApiResult<ListPage<T>>.Ok(Parse(text.Span));
        }
        catch (Exception failure) when (failure is JsonException or HttpRequestException or IOException)
        {
            throw new ApiUnavailableException($"GET {path}: the list could not be read", failure);
        }
    }

    private ListPage<T> Parse(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        var items = new List<T>();
        string version = "", next = "";
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                // An empty list may be `null`: Go's nil slice.
                while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(JsonSerializer.Deserialize(ref reader, kind.Json)!);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isVersion = reader.ValueTextEquals("resourceVersion"u8);
                    var isContinue = reader.ValueTextEquals("continue"u8);
                    reader.Read();
                    if (isVersion)
                        version = reader.GetString() ?? "";
                    else if (isContinue)
                        next = reader.GetString() ?? "";
                    else
                        reader.Skip();
                }
            }
            else
            {
                reader.Skip();
            }
        }
        return new ListPage<T>(items, version, next.Length == 0 ? null : next);
    }
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
