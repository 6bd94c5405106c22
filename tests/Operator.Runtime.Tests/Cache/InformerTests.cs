using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests.Cache;

public sealed class InformerTests : IAsyncLifetime
{
    private MapServer server = null!;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync();

    [Fact]
    public async Task Whoever_subscribes_late_hears_of_everything_that_is_known()
    {
        await server.CreateAsync(Map.Of("m"));
        await using var follower = Follower.Start(server.Connection);
        await follower.SyncedAsync();
        List<string> late = [];

        follower.Informer.Subscribe(change => late.Add(change.Any.Metadata.Name));

        late.Should().Equal("m");
    }

    [Fact]
    public async Task A_handler_that_throws_neither_ends_the_informer_nor_silences_the_others()
    {
        await using var follower = Follower.Start(server.Connection);
        await follower.SyncedAsync();
        ConcurrentQueue<string> last = [];
        follower.Informer.Subscribe(change => throw new InvalidOperationException($"cannot stand {change.Any.Metadata.Name}"));
        follower.Informer.Subscribe(change => last.Enqueue(change.Any.Metadata.Name));

        await server.CreateAsync(Map.Of("one"));
        await server.CreateAsync(Map.Of("two"));

        await Follower.UntilAsync(() => last.Count == 2, "the last handler heard of both");
        follower.Running.IsCompleted.Should().BeFalse();
        var throwing = () => follower.Informer.Subscribe(change => throw new InvalidOperationException("at once"));
        throwing.Should().NotThrow();
    }

    [Fact]
    public async Task An_indexer_that_throws_does_not_end_the_informer()
    {
        Informer<Map> informer = new(server.Maps, TimeProvider.System, NullLoggerFactory.Instance, indexers: new Dictionary<string, Func<Map, IEnumerable<string>>>
        {
            ["odd"] = map => map.Metadata.Name == "odd" ? throw new InvalidOperationException("cannot index this") : ["all"],
        });
        using CancellationTokenSource stop = new();
        var running = informer.RunAsync(stop.Token);
        await informer.Synced.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

        await server.CreateAsync(Map.Of("odd"));
        await server.DeleteAsync("odd");
        await server.CreateAsync(Map.Of("even"));

        await Waiting.UntilAsync(() => Task.FromResult(informer.Store.Get(Map.KeyOf("even")) is not null), "the informer goes on");
        await stop.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
