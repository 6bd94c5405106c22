using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>One real API server, used by one test after the other.</summary>
internal sealed class SharedApiServerTurn(ApiServerProcess server)
{
    private WrittenResources written = new();

    /// <param name="options">What its nodes are like.</param>
    /// <param name="ended">Called when the test is over.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<KubernetesCluster> BeginAsync(EmbeddedClusterOptions options, Action ended, CancellationToken cancellation)
    {
        using (var client = server.Client())
            await new ClusterCleaning(client, ApiServerProcess.AdminToken).RunAsync(written.All, cancellation);
        written = new();
        return await ProxiedCluster.StartAsync(server.Client(), ApiServerProcess.AdminToken, options, written.See, ended, cancellation);
    }
}
