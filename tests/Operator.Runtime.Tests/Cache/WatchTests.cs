using Operator.DevCluster;
using Operator.DevCluster.Server;
using Operator.TestClusters;

namespace Operator.Runtime.Tests.Cache;

/// <summary>Invariants 2 and 3, against the embedded server.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private readonly RecordedTime time = new();
    private MapServer server = null!;

    private Transport Transport => server.Transport;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync(bookmarks: TimeSpan.FromMilliseconds(20));

    [Fact]
    public async Task A_410_inside_the_stream_lists_again()
    {
        ChosenCluster.Needs(Capability.WatchTuning);
        await server.CreateAsync(Map.Of("old"));
        TaskCompletionSource compacted = new();
        server.Faults.Before = async request =>
        {
            if (request.Verb == "watch")
                await compacted.Task;
            return null;
        };
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        await server.DeleteAsync("old");
        await server.CreateAsync(Map.Of("new"));
        ((EmbeddedCluster)server.Cluster).Server.Store.Compact();
        compacted.SetResult();

        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => follower.Names.SequenceEqual(["new"]), "the follower listed again");

        follower.Heard.Should().BeEquivalentTo("+old", "-old", "+new");
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
        ChosenCluster.Needs(Capability.WatchTuning);
        await server.CreateAsync(Map.Of("m"));
        await using var follower = Follower.Start(server.Connection, time, new() { Namespace = "default", LabelSelector = "a in (b,c)", FieldSelector = "metadata.name!=x" });
        await follower.SyncedAsync();
        await Follower.UntilAsync(() => Transport.Watches.Count == 1, "the follower watches");

        var watch = Transport.Watches[0];
        (watch["timeoutSeconds"], watch["allowWatchBookmarks"]).Should().Be(("290", "true"));
        watch["resourceVersion"].Should().Be($"{((EmbeddedCluster)server.Cluster).Server.Store.Revision}");
        watch.Path.Should().Be("/api/v1/namespaces/default/configmaps");
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
        ChosenCluster.Needs(Capability.WatchTuning);
        await using var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        var leases = new ResourceApi<Lease>(server.Connection, new("coordination.k8s.io", "v1", "leases", true, ResourceJson.Trimmed<Lease>(LeaseJson.Default)));
        await leases.CreateAsync(new() { Metadata = new() { Name = "elsewhere", NamespaceProperty = "default" } }, TestContext.Current.CancellationToken);
        var moved = ((EmbeddedCluster)server.Cluster).Server.Store.Revision;

        await Follower.UntilAsync(() => Transport.Received.Contains($"\"resourceVersion\":\"{moved}\"", StringComparison.Ordinal), "a bookmark tells how far the server is");
        Transport.Break();
        await time.PassUntilAsync(TimeSpan.FromSeconds(1), () => Transport.Watches.Count == 2, "the follower watches again");

        Transport.Watches[^1]["resourceVersion"].Should().Be($"{moved}");
        follower.Heard.Should().BeEmpty();
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
