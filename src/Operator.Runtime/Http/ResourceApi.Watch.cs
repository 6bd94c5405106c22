using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>What a watch reports, once parsed straight into the trimmed type.</summary>
public abstract record WatchEvent<T>
{
    private WatchEvent()
    {
    }

    /// <summary>Added or modified: the object as it is now.</summary>
    public sealed record Present(T Value) : WatchEvent<T>;

    /// <summary>Deleted, or no longer selected: the object as it last was.</summary>
    public sealed record Deleted(T Value) : WatchEvent<T>;

    /// <summary>Nothing changed up to this version.</summary>
    public sealed record Bookmark(string ResourceVersion) : WatchEvent<T>;

    /// <summary>An object that changed and does not fit the type.</summary>
    public sealed record Unreadable(UnreadableObject Unfit, bool IsGone) : WatchEvent<T>;

    /// <summary>410 Gone, as an HTTP status or inside the stream: list again.</summary>
    public sealed record Expired : WatchEvent<T>;
}

public sealed partial class ResourceApi<T>
{
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(290);

    /// <summary>Watches from a version until the server ends the stream. A server that refuses or fails is an exception, 410 an event.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(Selection selection, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var path = $"{kind.CollectionPath(selection.Namespace)}?watch=true&allowWatchBookmarks=true&timeoutSeconds={(int)ServerTimeout.TotalSeconds}"
            + $"&resourceVersion={Uri.EscapeDataString(resourceVersion)}{selection.Query}";
        using var response = await ExchangeAsync(HttpMethod.Get, path, content: null, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            var refusal = await RefusalAsync<T>(response, cancellation);
            if (refusal is not ApiResult<T>.Gone)
                throw new ApiUnavailableException($"watch {kind.Plural}: {refusal}") { RetryAfter = (refusal as ApiResult<T>.Throttled)?.RetryAfter };
            yield return new WatchEvent<T>.Expired();
            yield break;
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var lines = PipeReader.Create(body, new(leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await ReadAsync(lines, cancellation);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    yield return ParseEvent(line);
                }
                lines.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                    yield break;
            }
        }
        finally
        {
            // Gives its buffers back.
            await lines.CompleteAsync();
        }
    }

    private async ValueTask<ReadResult> ReadAsync(PipeReader lines, CancellationToken cancellation)
    {
        try
        {
            return await lines.ReadAsync(cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ApiUnavailableException($"watch {kind.Plural}: the stream broke", failure);
        }
    }

    /// <summary>How the object is read follows from the type, wherever that stands.</summary>
    private WatchEvent<T> ParseEvent(ReadOnlySequence<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            ReadOnlySequence<byte>? changed = null;
            string? type = null;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    type = reader.GetString();
                }
                else if (reader.ValueTextEquals("object"u8))
                {
                    reader.Read();
                    var start = reader.TokenStartIndex;
                    reader.Skip();
                    changed = line.Slice(start, reader.BytesConsumed - start);
                }
                else
                {
                    reader.Skip();
                }
            }
            if (type is not null && changed is { } text)
                return EventOf(type, ObjectReader.Whole(text).Span);
        }
        catch (Exception failure) when (ObjectReader.IsUnreadable(failure))
        {
            throw new ApiUnavailableException($"watch {kind.Plural}: an event could not be read", failure);
        }
        throw new ApiUnavailableException($"watch {kind.Plural}: an event without a type or an object");
    }

    private WatchEvent<T> EventOf(string type, ReadOnlySpan<byte> text)
    {
        if (type == "ERROR")
        {
            var status = JsonSerializer.Deserialize(text, RuntimeJson.Default.ApiStatus) ?? new();
            return status.Code == 410 || status.Reason is "Expired" or "Gone"
                ? new WatchEvent<T>.Expired()
                : throw new ApiUnavailableException($"watch {kind.Plural}: {status.Code} {status.Reason}: {status.Message}");
        }
        if (type == "BOOKMARK")
        {
            // It has a version and little else, so it would not read as the type itself.
            var bookmark = JsonSerializer.Deserialize(text, RuntimeJson.Default.BareObject);
            return new WatchEvent<T>.Bookmark(bookmark?.Metadata?.ResourceVersion ?? throw new JsonException("a bookmark without a version"));
        }
        if (ObjectReader.Read(text, kind.Json, out var unfit) is not { } value)
            return new WatchEvent<T>.Unreadable(unfit!, type == "DELETED");
        return type == "DELETED" ? new WatchEvent<T>.Deleted(value) : new WatchEvent<T>.Present(value);
    }
}
