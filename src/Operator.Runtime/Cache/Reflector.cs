using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>Where a reflector stands. A failed watch goes back to Empty only when its version is too old; else it resumes.</summary>
public enum ReflectorState
{
    Empty,
    Listing,
    Listed,
    Watching,
}

/// <summary>What changed between two looks at an object. Deleted has no Now, a new one no Before.</summary>
public readonly record struct Change<T>(T? Before, T? Now)
    where T : class
{
    public T Any => (Now ?? Before)!;
}

/// <summary>
/// Keeps a store equal to a collection of the API server: lists it page by page, watches from there, and lists again
/// when the version is too old or the watch has been silent for too long. No error ends it: it stands alone behind every
/// cache, so like the loop of a controller it catches them all.
/// </summary>
public sealed partial class Reflector<T>(ResourceApi<T> api, Selection selection, Store<T> store, Action<Change<T>> onChange, RuntimeMetrics metrics, TimeProvider time, ILogger logger, Func<T, T>? shrink = null, Func<T, bool>? admits = null)
    where T : class, IMetadata<V1ObjectMeta>
{
    /// <summary>The server sends a bookmark every minute; a watch that brings nothing for twice as long is dead.</summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    /// <summary>After so many watches in a row that brought nothing, the version itself may be what this server cannot serve.</summary>
    private const int FruitlessLimit = 5;

    /// <summary>Objects of the first page, before it is known how large they are, and of one of the largest objects.</summary>
    private const int FirstPage = 100, SmallestPage = 10;

    /// <summary>What a page takes on average.</summary>
    private const long PageBytes = 8 << 20;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The selection of the last list and of its watch: the requested one, or all objects where the API server refused that.</summary>
    private Selection followed = Selection.All;

    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string version = "";
    private bool heard;
    private WatchEnd end;
    private WatchMetrics? measured;

    public ReflectorState State { get; private set; }

    /// <summary>Whether the API server applies the requested selection.</summary>
    public bool IsSelective => followed != Selection.All;

    /// <summary>Completes when the first whole list stands in the store.</summary>
    public Task Synced => synced.Task;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var fruitless = 0;
        measured = metrics.Watch(api.Kind.Plural);
        while (!cancellation.IsCancellationRequested)
        {
            var start = time.GetTimestamp();
            (heard, end) = (false, WatchEnd.Ended);
            try
            {
                var wait = await FollowAsync(cancellation);
                measured.Restarts[end].Inc();
                // A watch is as good as what it brought, or as long as it held: one that ends at once is a failure however politely it ends.
                fruitless = heard || time.GetElapsedTime(start) >= LongestPause ? 0 : fruitless + 1;
                if (fruitless >= FruitlessLimit)
                    State = ReflectorState.Empty;
                if (wait is not null || fruitless > 0)
                    await PauseAsync(fruitless, wait ?? TimeSpan.Zero, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Lists if need be and watches to the end. After an error it returns the least time to wait: what the server asked for, or none.</summary>
    private async Task<TimeSpan?> FollowAsync(CancellationToken cancellation)
    {
        try
        {
            if (State is ReflectorState.Empty)
                await ListAsync(cancellation);
            await WatchAsync(cancellation);
            return null;
        }
        catch (ApiUnavailableException failure)
        {
            // What is known stays; the watch resumes from its version, an unfinished list starts over.
            State = State is ReflectorState.Listing ? ReflectorState.Empty : State;
            end = WatchEnd.Failed;
            ReflectorFailed(api.Kind.Plural, failure.Message);
            return failure.RetryAfter ?? TimeSpan.Zero;
        }
        catch (Exception bug) when (!cancellation.IsCancellationRequested)
        {
            // Such as an indexer that throws: how much of the change was taken in is not known.
            (State, end) = (ReflectorState.Empty, WatchEnd.Failed);
            ReflectorBroke(bug, api.Kind.Plural);
            return TimeSpan.Zero;
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        (State, followed) = (ReflectorState.Listing, selection);
        var items = new List<T>();
        var unreadable = new List<UnreadableObject>();
        string? next = null;
        var (complete, limit) = (false, FirstPage);
        do
        {
            switch (await api.ListAsync(followed, next, limit, cancellation))
            {
                case ApiResult<ListPage<T>>.Ok { Value: var page }:
                    items.AddRange(page.Items.Where(i => admits?.Invoke(i) is not false).Select(i => shrink?.Invoke(i) ?? i).Select(Unchanged));
                    limit = NextPage(page);
                    unreadable.AddRange(page.Unreadable);
                    (version, next, complete) = (page.ResourceVersion, page.Continue, page.Continue is null);
                    break;
                case ApiResult<ListPage<T>>.Throttled { RetryAfter: var wait }:
                    await Task.Delay(wait, time, cancellation);
                    break;
                case ApiResult<ListPage<T>>.Invalid { Message: var why } when followed.OrAll:
                    NotSelectable(api.Kind.Plural, why);
                    (followed, next) = (Selection.All, null);
                    items.Clear();
                    break;
                case var refused:
                    // An expired continue token: the pages no longer belong together.
                    throw new ApiUnavailableException($"list {api.Kind.Plural}: {refused}");
            }
        }
        while (!complete);

        items.AddRange(unreadable.Select(Known).OfType<T>());
        var before = items.Select(item => store.Get(ObjectKey.Of(item.Metadata))).ToList();
        var gone = store.Replace(items);
        State = ReflectorState.Listed;
        measured?.Heard(time.GetUtcNow());
        foreach (var old in gone)
            onChange(new(old, null));
        foreach (var (old, item) in before.Zip(items))
        {
            if (old?.Metadata.ResourceVersion != item.Metadata.ResourceVersion)
                onChange(new(old, item));
        }
        // Whoever subscribes once this is so has not missed a change of the list, nor hears of one twice.
        synced.TrySetResult();
    }

    /// <summary>What is known already in this version is not kept a second time.</summary>
    private T Unchanged(T item) =>
        store.Get(ObjectKey.Of(item.Metadata)) is { } known && known.Metadata.ResourceVersion == item.Metadata.ResourceVersion && known.Metadata.Uid == item.Metadata.Uid ? known : item;

    /// <summary>As many as would have fitted into a page of the usual size: an API server reads a page as a whole, and its answer has a deadline.</summary>
    private static int NextPage(ListPage<T> page) =>
        page.Items.Count == 0 ? FirstPage : (int)Math.Clamp(PageBytes * page.Items.Count / Math.Max(1, page.Bytes), SmallestPage, ResourceApi<T>.PageSize);

    private async Task WatchAsync(CancellationToken cancellation)
    {
        State = ReflectorState.Watching;
        // Not disposed of: the timer may fire at that very moment, and would end the process. There is nothing in it to free.
        var silence = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        using var timer = time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), silence, SilenceLimit, Timeout.InfiniteTimeSpan);
        try
        {
            await foreach (var happened in api.WatchAsync(followed, version, either.Token))
            {
                timer.Change(SilenceLimit, Timeout.InfiniteTimeSpan);
                if (!Apply(happened))
                    return;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A silent watch may follow a version that this server has never had (a restored etcd): list again.
            WatchWasSilent(api.Kind.Plural);
            (State, end) = (ReflectorState.Empty, WatchEnd.Silent);
        }
    }

    private bool Apply(WatchEvent<T> happened)
    {
        if (happened is not WatchEvent<T>.Expired)
        {
            heard = true;
            measured?.Heard(time.GetUtcNow());
        }
        switch (happened)
        {
            case WatchEvent<T>.Present { Value: var value }:
                version = value.Metadata.ResourceVersion;
                if (admits?.Invoke(value) is false)
                    return true;
                var kept = shrink?.Invoke(value) ?? value;
                onChange(new(store.Set(kept), kept));
                return true;
            case WatchEvent<T>.Deleted { Value: var value }:
                version = value.Metadata.ResourceVersion;
                store.Remove(ObjectKey.Of(value.Metadata));
                onChange(new(value, null));
                return true;
            case WatchEvent<T>.Unreadable { Unfit: var unfit, IsGone: var gone }:
                version = unfit.ResourceVersion;
                if (Known(unfit) is { } old && gone)
                {
                    store.Remove(unfit.Key);
                    onChange(new(old, null));
                }
                return true;
            case WatchEvent<T>.Bookmark bookmark:
                version = bookmark.ResourceVersion;
                return true;
            default:
                (State, end) = (ReflectorState.Empty, WatchEnd.Expired);
                return false;
        }
    }

    /// <summary>What was last known of an object that cannot be read as it is now: that stays, as it does when the server cannot be reached.</summary>
    private T? Known(UnreadableObject unfit)
    {
        ObjectUnreadable(api.Kind.Plural, unfit.Key, unfit.Why);
        return store.Get(unfit.Key);
    }

    private Task PauseAsync(int fruitless, TimeSpan atLeast, CancellationToken cancellation)
    {
        var longest = Math.Min(LongestPause.TotalMilliseconds, ShortestPause.TotalMilliseconds * Math.Pow(2, Math.Clamp(fruitless - 1, 0, 16)));
        var backoff = TimeSpan.FromMilliseconds(longest * (0.5 + Random.Shared.NextDouble() / 2));
        return Task.Delay(backoff > atLeast ? backoff : atLeast, time, cancellation);
    }

    [LoggerMessage(LogLevel.Warning, "{plural}: {failure}; trying again")]
    private partial void ReflectorFailed(string plural, string failure);

    [LoggerMessage(LogLevel.Error, "{plural}: {key} cannot be read and is left as it was last known: {why}")]
    private partial void ObjectUnreadable(string plural, ObjectKey key, string why);

    [LoggerMessage(LogLevel.Error, "{plural}: listing again after an error nobody foresaw")]
    private partial void ReflectorBroke(Exception bug, string plural);

    [LoggerMessage(LogLevel.Warning, "{plural}: all of them are kept in memory, because the API server cannot select them: {why}")]
    private partial void NotSelectable(string plural, string why);

    [LoggerMessage(LogLevel.Warning, "{plural}: the watch was silent for two minutes; listing again")]
    private partial void WatchWasSilent(string plural);
}
