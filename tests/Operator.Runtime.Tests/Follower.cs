using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests;

/// <summary>An informer of config maps that runs, and what was heard of it: "+name", "~name" or "-name".</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> heard = [];

    private Follower(KubernetesConnection connection, TimeProvider time, Selection? selection, MetricSet? metrics)
    {
        Informer = new(new(connection, Map.Resource), time, NullLoggerFactory.Instance, selection, metrics: new(metrics ?? new()));
        Informer.Subscribe(change => heard.Enqueue($"{(change.Before, change.Now) switch { (null, _) => '+', (_, null) => '-', _ => '~' }}{change.Any.Metadata.Name}"));
        Running = Informer.RunAsync(stop.Token);
    }

    public Informer<Map> Informer { get; }

    public Task Running { get; }

    public IReadOnlyList<string> Heard => [.. heard];

    public IEnumerable<string> Names => Informer.Store.All.Select(m => m.Metadata.Name).Order(StringComparer.Ordinal);

    public static Follower Start(KubernetesConnection connection, TimeProvider? time = null, Selection? selection = null, MetricSet? metrics = null) =>
        new(connection, time ?? TimeProvider.System, selection ?? Map.All, metrics);

    public Task SyncedAsync() => Informer.Synced.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

    public static Task UntilAsync(Func<bool> condition, string what) => Waiting.UntilAsync(() => Task.FromResult(condition()), what);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Running.WaitAsync(Waiting.Patience, TimeProvider.System);
        stop.Dispose();
    }
}
