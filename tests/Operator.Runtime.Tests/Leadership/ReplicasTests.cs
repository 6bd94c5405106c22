using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests.Leadership;

/// <summary>Invariant 6, of whole replicas: an informer, a controller and an election each.</summary>
public sealed class ReplicasTests
{
    [Fact]
    public async Task Followers_keep_their_stores_warm_and_controllers_start_when_elected()
    {
        await using var server = await MapServer.StartAsync();
        await server.CreateAsync(Map.Of("first"));
        await using var a = new Replica(server, "a");
        await Waiting.UntilAsync(() => Task.FromResult(a.Reconciled.Contains("first")), "a leads and works");
        await using var b = new Replica(server, "b");
        await b.Follower.SyncedAsync();
        await server.CreateAsync(Map.Of("second"));
        await Waiting.UntilAsync(() => Task.FromResult(a.Reconciled.Contains("second") && b.Follower.Names.Count() == 2), "both know of the second");
        b.Reconciled.Should().BeEmpty("a follower only watches");
        server.Faults.Before = request => new(request is { Verb: "list", Resource: "configmaps" } ? new DevCluster.Server.Fault.Drop() : null);

        await a.Elector.StopAsync();
        await b.Elector.Time.PassUntilAsync(TimeSpan.FromMilliseconds(100), () => b.Reconciled.Count == 2, "b leads and works, on what it knew");

        b.Reconciled.Should().BeEquivalentTo("first", "second");
    }

    [Fact]
    public async Task Losing_the_lease_stops_the_controllers_and_leaves_the_store_warm()
    {
        await using var server = await MapServer.StartAsync();
        await using var a = new Replica(server, "a");
        await a.Elector.Transport.SentAsync("POST");
        a.Elector.Transport.Answer = (_, _) => throw new HttpRequestException("a is cut off from its lease");
        await a.Elector.Time.PassUntilAsync(TimeSpan.FromMilliseconds(500), () => a.Elector.Running.IsCompleted, "a lost its lease");

        await server.CreateAsync(Map.Of("late"));
        await Waiting.UntilAsync(() => Task.FromResult(a.Follower.Names.Contains("late")), "the store follows on");

        a.Reconciled.Should().BeEmpty();
    }

    private sealed class Replica : IReconciler<ObjectKey>, IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> reconciled = [];

        public Replica(MapServer server, string name)
        {
            Follower = Follower.Start(server.Connection);
            var controller = new ControllerBuilder<ObjectKey>(name, TimeProvider.System, NullLoggerFactory.Instance)
                .Watches(Follower.Informer, map => [map.Key])
                .Build(this);
            Elector = Elector.Start(server.Cluster, name, controller.RunAsync);
        }

        public Follower Follower { get; }

        public Elector Elector { get; }

        public IReadOnlyList<string> Reconciled => [.. reconciled];

        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
        {
            reconciled.Enqueue(key.Name);
            return Task.FromResult(ReconcileResult.Done);
        }

        public async ValueTask DisposeAsync()
        {
            await Elector.DisposeAsync();
            await Follower.DisposeAsync();
        }
    }
}
