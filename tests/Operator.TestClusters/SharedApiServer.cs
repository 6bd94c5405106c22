using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>The one real API server of a test process. It takes seconds to start, so that tests take turns on it, each finding it clean.</summary>
internal static class SharedApiServer
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static Task<ApiServerProcess>? running;
    private static WrittenResources written = new();

    public static string Version => running is { IsCompletedSuccessfully: true } ? running.Result.Version : "(not started)";

    public static async Task<KubernetesCluster> LeaseAsync(string assets, EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            // One that did not start is not tried again: every test would wait as long as the first.
            var server = await (running ??= ApiServerProcess.StartAsync(assets, cancellation));
            using (var client = server.Client())
                await new ClusterCleaning(client, ApiServerProcess.AdminToken).RunAsync(written.All, cancellation);
            written = new();
            return await ProxiedCluster.StartAsync(server.Client(), ApiServerProcess.AdminToken, options, written.See, GiveBack, cancellation);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    public static async Task StopAsync()
    {
        if (running is { IsCompletedSuccessfully: true })
            await running.Result.DisposeAsync();
    }

    private static void GiveBack() => Turn.Release();
}
