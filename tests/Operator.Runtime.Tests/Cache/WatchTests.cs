using System.Globalization;
using System.Text.RegularExpressions;
using Operator.DevCluster.Server;

namespace Operator.Runtime.Tests.Cache;

/// <summary>Invariants 2 and 3, against a server.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private readonly RecordedTime time = new();
    private MapServer server = null!;

    private Transport Transport => server.Transport;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync(bookmarks: TimeSpan.FromMilliseconds(20));

    [Fact]
    public async Task A_410_inside_the_stream_lists_again()
    {
        await server.CreateAsync(Map.Of("old"));
        TaskCompletionSource changed = new();
        Transport.Answer = async (sent, _) =>
        {
            if (!sent.IsWatch || Transport.Watches.Count > 1)
                return null;
            await changed.Task;
            WatchStream stream = new();
            await stream.EventAsync("ERROR", """{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old resource version: 1 (7)","code":410}""");
            return stream.Response;
        };
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        await server.DeleteAsync("old");
        await server.CreateAsync(Map.Of("new"));
        changed.SetResult();

        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => follower.Names.SequenceEqual(["new"]), "the follower listed again");

        follower.Heard.Should().BeEquivalentTo("+old", "-old", "+new");
        Transport.Lists.Count(l => l is { Method: "GET" }).Should().Be(2);
    }

    [Fact]
    public async Task A_410_as_an_HTTP_status_lists_again()
    {
        server.Faults.Before = request => new(
            request.Verb == "watch" && Transport.Watches.Count == 1 ? new Fault.Respond(new(410, "Expired", "too old resource version")) : null);
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();

        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => Transport.Watches.Count == 2, "the follower watches again");

        Transport.Lists.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_watch_asks_for_290_seconds_and_bookmarks_from_the_version_of_the_list()
    {
        var made = await server.CreateAsync(Map.Of("m"));
        await using var follower = Follower.Start(server.Connection, time, Map.All with { LabelSelector = "a in (b,c)", FieldSelector = "metadata.name!=x" });
        await follower.SyncedAsync();
        await Follower.UntilAsync(() => Transport.Watches.Count == 1, "the follower watches");

        var watch = Transport.Watches[0];
        (watch["timeoutSeconds"], watch["allowWatchBookmarks"]).Should().Be(("290", "true"));
        Revision(watch["resourceVersion"]!).Should().BeGreaterThanOrEqualTo(Revision(made.Metadata.ResourceVersion));
        watch.Path.Should().Be("/api/v1/namespaces/maps/configmaps");
        foreach (var sent in Transport.Sent.Where(s => s.Method == "GET"))
            (sent["labelSelector"], sent["fieldSelector"]).Should().Be(("a in (b,c)", "metadata.name!=x"));
        Transport.Lists[^1]["resourceVersion"].Should().BeNull("a list is a consistent read, never what one stale server remembers");
    }

    [Fact]
    public async Task A_broken_watch_resumes_from_the_last_resourceVersion_and_misses_nothing()
    {
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        await Follower.UntilAsync(() => Transport.Watches.Count == 1, "the follower watches");
        server.Faults.Before = request => new(request.Verb == "watch" ? new Fault.Drop() : null);
        Transport.Break();
        for (var i = 0; i < 5; i++)
            await server.CreateAsync(Map.Of($"while-away-{i}"));
        await server.DeleteAsync("while-away-3");
        server.Faults.Before = null;

        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => follower.Heard.Count == 6, "the follower caught up");

        follower.Heard.Should().Equal("+while-away-0", "+while-away-1", "+while-away-2", "+while-away-3", "+while-away-4", "-while-away-3");
        Transport.Lists.Count(l => l.Method == "GET").Should().Be(1, "a broken connection is no reason to list");
    }

    [Fact]
    public async Task A_watch_resumes_from_the_last_bookmark()
    {
        // A real server sends bookmarks once a minute, and two seconds before the time of a watch is over.
        Transport.Rewrite = uri => Sent.With(uri, "timeoutSeconds", "6");
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        var leases = new ResourceApi<Lease>(server.Connection, new("coordination.k8s.io", "v1", "leases", true, ResourceJson.Trimmed<Lease>(LeaseJson.Default)));
        var moved = (await leases.CreateAsync(new() { Metadata = new() { Name = "elsewhere", NamespaceProperty = Map.Namespace } }, TestContext.Current.CancellationToken)).Required();
        // A consistent read tells a real server's cache how far the others are.
        await server.Maps.ListAsync(Selection.All, cancellation: TestContext.Current.CancellationToken);

        await Follower.UntilAsync(() => Bookmarks.Any(b => b >= Revision(moved.Metadata.ResourceVersion)), "a bookmark tells how far the server is");
        var watches = Transport.Watches.Count;
        Transport.Break();
        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => Transport.Watches.Count > watches, "the follower watches again");

        Bookmarks.Should().Contain(Revision(Transport.Watches[^1]["resourceVersion"]!)).And.Contain(b => b >= Revision(moved.Metadata.ResourceVersion));
        Transport.Lists.Count(l => l is { Method: "GET" } && l.Path.Contains("namespaces", StringComparison.Ordinal)).Should().Be(1, "nothing was listed again");
        follower.Heard.Should().BeEmpty();
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private IEnumerable<long> Bookmarks =>
        Transport.Received.Split('\n').Where(l => l.Contains("BOOKMARK", StringComparison.Ordinal)).Select(l => Revision(Regex.Match(l, "\"resourceVersion\":\"([0-9]+)\"").Groups[1].Value));

    private static long Revision(string version) => long.Parse(version, CultureInfo.InvariantCulture);
}
