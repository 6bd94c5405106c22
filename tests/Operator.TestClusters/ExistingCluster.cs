using System.Net.Http.Headers;
using System.Text;
using k8s;
using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>
/// A cluster that somebody else runs: its own controllers and kubelets do the work, and the tests, one at a time, touch nothing there but what they made,
/// which they take away again.
/// </summary>
internal static class ExistingCluster
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static KubernetesClientConfiguration? configuration;
    private static WrittenResources written = new();

    public static async Task<KubernetesCluster> LeaseAsync(string kubeconfig, EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            configuration ??= KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
            await CleanAsync(cancellation);
            await DeleteAsync(o => !o.StartsWith("api/v1/namespaces/", StringComparison.Ordinal) && !o.Contains("/customresourcedefinitions/", StringComparison.Ordinal), cancellation);
            written = new();
            return await ProxiedCluster.StartAsync(Client(configuration), ClusterCredentials.AdminToken, options with { Controllers = false }, written.See, GiveBack, cancellation);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    /// <summary>Everything that the tests made goes.</summary>
    public static async Task StopAsync()
    {
        await CleanAsync(CancellationToken.None);
        await DeleteAsync(_ => true, CancellationToken.None);
    }

    private static async Task CleanAsync(CancellationToken cancellation)
    {
        if (configuration is null)
            return;
        using var client = Client(configuration);
        await new ClusterCleaning(client, ClusterCredentials.AdminToken).RunAsync(written.All.Where(w => OwnObjects.IsOwnNamespace(w.Namespace)), cancellation);
    }

    private static async Task DeleteAsync(Func<string, bool> which, CancellationToken cancellation)
    {
        if (configuration is null)
            return;
        using var client = Client(configuration);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ClusterCredentials.AdminToken);
        foreach (var path in OwnObjects.All.Where(which))
        {
            using HttpRequestMessage request = new(HttpMethod.Delete, new Uri(path, UriKind.Relative)) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            using var response = await client.SendAsync(request, cancellation);
            OwnObjects.Forget(path);
        }
    }

    private static HttpClient Client(KubernetesClientConfiguration configuration) =>
        new(new OwnObjects(new ClusterCredentials(configuration))) { BaseAddress = new(configuration.Host.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };

    private static void GiveBack() => Turn.Release();
}
