using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>The one real API server of a test process. It takes seconds to start, so that tests take turns on it, each finding it clean.</summary>
internal static class SharedApiServer
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static ApiServerProcess? running;
    private static WrittenResources written = new();

    public static string Version => running?.Version ?? "(not started)";

    public static async Task<KubernetesCluster> LeaseAsync(string assets, EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            running ??= await ApiServerProcess.StartAsync(assets, cancellation);
            using (var client = running.Client())
                await new ClusterCleaning(client).RunAsync(written, cancellation);
            written = new();
            return await ProxiedCluster.StartAsync(running.Client(), ApiServerProcess.AdminToken, options, written.See, GiveBack, cancellation);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    public static async Task StopAsync()
    {
        if (running is { } server)
            await server.DisposeAsync();
    }

    private static void GiveBack() => Turn.Release();
}
