using Operator.DevCluster;
using Operator.DevCluster.Server;

namespace Operator.Runtime.Tests;

/// <summary>An API server with a namespace for maps, and a connection to it that a test can see into and disturb.</summary>
internal sealed class MapServer : IAsyncDisposable
{
    private MapServer(KubernetesCluster cluster)
    {
        Cluster = cluster;
        Connection = new(cluster.ClientConfiguration("follower"), "tests", Transport);
        Maps = new(Connection, Map.Resource);
    }

    public KubernetesCluster Cluster { get; }

    public Transport Transport { get; } = new();

    public KubernetesConnection Connection { get; }

    public ResourceApi<Map> Maps { get; }

    public Faults Faults => Cluster.Faults;

    /// <param name="bookmarks">How often an embedded server sends bookmarks.</param>
    public static async Task<MapServer> StartAsync(TimeSpan? bookmarks = null)
    {
        var cluster = await ChosenCluster.StartAsync(
            new() { Controllers = false, WatchBookmarkInterval = bookmarks ?? TimeSpan.FromMinutes(1) }, TestContext.Current.CancellationToken);
        await cluster.ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {Map.Namespace}}}}}", TestContext.Current.CancellationToken);
        cluster.Requests.Clear();
        return new(cluster);
    }

    public async Task<Map> CreateAsync(Map map) => (await Maps.CreateAsync(map, TestContext.Current.CancellationToken)).Required();

    public async Task DeleteAsync(string name) => (await Maps.DeleteAsync(Map.KeyOf(name), new(), TestContext.Current.CancellationToken)).Required();

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        await Cluster.DisposeAsync();
    }
}
