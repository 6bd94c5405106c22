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
        using WatchReader events = new(body, kind.Shape);
        while (await NextAsync(events, cancellation))
            yield return EventOf(events);
    }

    private async ValueTask<bool> NextAsync(WatchReader events, CancellationToken cancellation)
    {
        try
        {
            return await events.ReadAsync(cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ApiUnavailableException($"watch {kind.Plural}: the stream broke", failure);
        }
        catch (JsonException failure)
        {
            throw new ApiUnavailableException($"watch {kind.Plural}: an event could not be read", failure);
        }
    }

    /// <summary>How the object is read follows from the type, wherever that stands.</summary>
    private WatchEvent<T> EventOf(WatchReader events)
    {
        try
        {
            return events.Event(out var type, out var changed)
                ? EventOf(type, changed, events.IsTruncated)
                : throw new ApiUnavailableException($"watch {kind.Plural}: an event without a type or an object");
        }
        catch (Exception failure) when (ObjectReader.IsUnreadable(failure))
        {
            throw new ApiUnavailableException($"watch {kind.Plural}: an event could not be read", failure);
        }
    }

    private WatchEvent<T> EventOf(string type, ReadOnlySpan<byte> text, bool isTruncated)
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
        if (ObjectReader.Read(text, isTruncated, kind.Json, out var unfit) is not { } value)
            return new WatchEvent<T>.Unreadable(unfit!, type == "DELETED");
        return type == "DELETED" ? new WatchEvent<T>.Deleted(value) : new WatchEvent<T>.Present(value);
    }
}
