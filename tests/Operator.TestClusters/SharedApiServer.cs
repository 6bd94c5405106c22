using System.Collections.Concurrent;
using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>
/// The real API servers of a test process, as many as tests run at once. Each takes seconds to start, so that tests take turns on them, each finding
/// its server clean.
/// </summary>
internal static class SharedApiServer
{
    private const int Most = 2;

    private static readonly SemaphoreSlim Turn = new(Most);
    private static readonly ConcurrentBag<SharedApiServerTurn> Idle = [];
    private static readonly ConcurrentBag<ApiServerProcess> Started = [];
    private static Exception? failure;

    public static string Version => Started.FirstOrDefault()?.Version ?? "(not started)";

    public static async Task<KubernetesCluster> LeaseAsync(string assets, EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            var turn = Idle.TryTake(out var idle) ? idle : new(await StartAsync(assets, cancellation));
            return await turn.BeginAsync(options, () => GiveBack(turn), cancellation);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    public static async Task StopAsync()
    {
        foreach (var server in Started)
            await server.DisposeAsync();
    }

    /// <summary>One that did not start is not tried again: every test would wait as long as the first.</summary>
    private static async Task<ApiServerProcess> StartAsync(string assets, CancellationToken cancellation)
    {
        if (failure is not null)
            throw new InvalidOperationException(failure.Message, failure);
        try
        {
            var server = await ApiServerProcess.StartAsync(assets, cancellation);
            Started.Add(server);
            return server;
        }
        catch (InvalidOperationException refused)
        {
            failure = refused;
            throw;
        }
    }

    private static void GiveBack(SharedApiServerTurn turn)
    {
        Idle.Add(turn);
        Turn.Release();
    }
}
