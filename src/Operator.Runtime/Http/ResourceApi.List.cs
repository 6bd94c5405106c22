namespace Operator.Runtime;

/// <summary>One page of a list.</summary>
/// <param name="ResourceVersion">The version of the whole list; a watch goes on from it.</param>
/// <param name="Continue">The token of the next page; null on the last.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue)
{
    /// <summary>How long its text was.</summary>
    public long Bytes { get; init; }

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

    /// <summary>A cache takes all objects where the API server does not offer the selector's field.</summary>
    public bool OrAll { get; init; }

    internal string Query =>
        (LabelSelector is null ? "" : $"&labelSelector={Uri.EscapeDataString(LabelSelector)}")
        + (FieldSelector is null ? "" : $"&fieldSelector={Uri.EscapeDataString(FieldSelector)}");
}

public sealed partial class ResourceApi<T>
{
    /// <summary>Most objects of a page.</summary>
    public const int PageSize = 500;

    /// <summary>
    /// Reads a list and passes each object to a callback; no list of them is kept in memory. The API server answers from its watch cache
    /// (resourceVersion=0), which may be a little behind: a selector that matches few objects costs no read of etcd.
    /// </summary>
    public Task<ApiResult<ListPage<T>>> EachAsync(Selection selection, Action<T> each, CancellationToken cancellation = default) =>
        RequestAsync(
            HttpMethod.Get,
            $"{kind.CollectionPath(selection.Namespace)}?resourceVersion=0{selection.Query}",
            content: null,
            async (body, c) =>
            {
                using ListReader<T> reader = new(kind.Json, kind.Shape, each);
                return await reader.ReadAsync(body, c);
            },
            cancellation);

    /// <summary>One page, parsed item by item into the trimmed type while it arrives.</summary>
    public Task<ApiResult<ListPage<T>>> ListAsync(Selection selection, string? continueToken = null, int limit = PageSize, CancellationToken cancellation = default)
    {
        if (!IsPlace(selection.Namespace))
            return NoName<ListPage<T>>(new(selection.Namespace!, ""));
        var path = $"{kind.CollectionPath(selection.Namespace)}?limit={limit}{selection.Query}"
            + (continueToken is null ? "" : $"&continue={Uri.EscapeDataString(continueToken)}");
        return RequestAsync(
            HttpMethod.Get,
            path,
            content: null,
            async (body, c) =>
            {
                using ListReader<T> reader = new(kind.Json, kind.Shape);
                return await reader.ReadAsync(body, c);
            },
            cancellation);
    }
}
