using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>watch: walks the history of a resource and sends what the client asked about, for as long as it listens.</summary>
internal sealed class Watching(ObjectStore store, EmbeddedClusterOptions options, CancellationToken stopping)
{
    public ApiResponse Watch(ApiRequest request)
    {
        ListOptions.Require(request);
        Selection selection = new(request);
        var start = Start(request);
        return new(200, (http, cancellation) => StreamAsync(http, request, selection, start, cancellation)) { IsStream = true };
    }

    /// <param name="From">Read on after this event; null if it has been compacted.</param>
    /// <param name="Initial">Whether the state as it is there is sent first, as ADDED events.</param>
    /// <param name="EndMarker">Whether a bookmark tells the end of that state.</param>
    private sealed record Beginning(StorageEvent? From, long Revision, bool Initial, bool EndMarker);

    private Beginning Start(ApiRequest request)
    {
        string? text = request.Parameter("resourceVersion");
        var (latest, revision) = store.Snapshot(request.Target.StorageKey);
        long from = text is null ? 0 : ResourceVersions.Parse(text);
        // A watch from nowhere asks for the initial events without saying so.
        if (request.Parameter("sendInitialEvents") is null ? from == 0 : request.Flag("sendInitialEvents"))
            return new(latest, revision, Initial: true, EndMarker: request.Flag("allowWatchBookmarks"));
        if (from == 0)
            return new(latest, revision, Initial: false, EndMarker: false);
        return new(store.History(request.Target.StorageKey).At(from), from, Initial: false, EndMarker: false);
    }

    private async Task StreamAsync(
        HttpContext http, ApiRequest request, Selection selection, Beginning start, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(Timeout(request), options.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token, stopping);
        WatchWriter writer = new(http.Response.BodyWriter, request.Target, new(request, options.Time));
        await http.Response.StartAsync(cancellation);
        if (start.From is null)
        {
            await writer.ErrorAsync(
                ApiStatus.Expired($"too old resource version: {start.Revision} ({store.Revision})"), cancellation);
            return;
        }
        try
        {
            await FollowAsync(writer, request, selection, start, start.From, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            if (request.Flag("allowWatchBookmarks") && !stopping.IsCancellationRequested)
                await writer.BookmarkAsync(writer.Revision, initialEventsEnd: false, cancellation);
        }
    }

    private async Task FollowAsync(
        WatchWriter writer, ApiRequest request, Selection selection, Beginning start, StorageEvent position, CancellationToken end)
    {
        writer.Revision = start.Revision;
        if (start.Initial)
        {
            foreach (var stored in position.State.Values.Where(selection.Includes))
                await writer.EventAsync("ADDED", stored, end);
        }
        if (start.EndMarker)
            await writer.BookmarkAsync(start.Revision, initialEventsEnd: true, end);
        await writer.FlushAsync(end);

        using PeriodicTimer timer = new(options.WatchBookmarkInterval, options.Time);
        bool bookmarks = request.Flag("allowWatchBookmarks");
        Task<bool> tick = timer.WaitForNextTickAsync(end).AsTask();
        while (true)
        {
            if (!position.Next.IsCompleted)
            {
                await writer.FlushAsync(end);
                await Task.WhenAny(position.Next, tick);
            }
            if (tick.IsCompleted)
            {
                await tick;
                if (bookmarks && !position.Next.IsCompleted)
                    await writer.BookmarkAsync(Idle(request.Target, position, writer.Revision), initialEventsEnd: false, end);
                tick = timer.WaitForNextTickAsync(end).AsTask();
            }
            if (!position.Next.IsCompleted)
                continue;
            position = await position.Next;
            // A watch from a revision that is yet to come waits for it.
            if (position.Revision > start.Revision)
                await SendAsync(writer, selection, position, end);
            writer.Revision = Math.Max(writer.Revision, position.Revision);
        }
    }

    /// <summary>With nothing left to send a bookmark may name the store's own revision, else that of the last event.</summary>
    private long Idle(ResourceDefinition resource, StorageEvent position, long sent)
    {
        var (latest, revision) = store.Snapshot(resource.StorageKey);
        return ReferenceEquals(latest, position) ? Math.Max(revision, sent) : sent;
    }

    /// <summary>An object that begins or ceases to match appears or disappears for this watcher.</summary>
    private static ValueTask SendAsync(WatchWriter writer, Selection selection, StorageEvent written, CancellationToken end)
    {
        if (written.After is not { } after)
            return ValueTask.CompletedTask;
        bool before = written.Before is { } old && selection.Includes(old);
        bool now = !written.Deleted && selection.Includes(after);
        return (before, now) switch
        {
            (false, true) => writer.EventAsync("ADDED", after, end),
            (true, true) => writer.EventAsync("MODIFIED", after, end),
            (true, false) => writer.EventAsync("DELETED", written.Deleted ? after : written.Before!.At(after.Revision), end),
            (false, false) => ValueTask.CompletedTask,
        };
    }

    private static TimeSpan Timeout(ApiRequest request) =>
        int.TryParse(request.Parameter("timeoutSeconds"), CultureInfo.InvariantCulture, out int seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            // A kube-apiserver draws from 30 to 60 minutes; nothing here runs for that long.
            : TimeSpan.FromMinutes(30);
}
