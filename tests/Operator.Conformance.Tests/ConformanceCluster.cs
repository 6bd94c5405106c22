[assembly: AssemblyFixture(typeof(Operator.Conformance.Tests.ConformanceCluster))]

namespace Operator.Conformance.Tests;

/// <summary>The API server that is asked: the chosen one, without controllers, shared by all tests.</summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    private KubernetesCluster cluster = null!;

    /// <summary>Marks the names of everything that is not in a namespace of a test.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("N")[..8];

    public ApiClient Api { get; private set; } = null!;

    internal Widgets Widgets { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await ChosenCluster.StartAsync(new() { Controllers = false, WatchBookmarkInterval = TimeSpan.FromSeconds(1) });
        Api = new(cluster.Address, ("Authorization", $"Bearer {cluster.AdminToken}"), ("User-Agent", "conformance/1.0"));
        Widgets = await Widgets.InstallAsync(Api, $"{Mark}.conformance.example");
    }

    /// <summary>A namespace for one test.</summary>
    public Task<TestNamespace> NamespaceAsync() => TestNamespace.CreateAsync(Api, $"conformance-{Guid.NewGuid():N}"[..28]);

    /// <summary>A client of somebody who is no administrator.</summary>
    public ApiClient As(string user) => new(cluster.Address, ("Authorization", $"Bearer {cluster.AdminToken}"), ("Impersonate-User", user));

    /// <summary>A client that shows another token.</summary>
    public ApiClient With(string token) => new(cluster.Address, ("Authorization", $"Bearer {token}"));

    /// <summary>Cuts off all history.</summary>
    public void Compact() => ((EmbeddedCluster)cluster).Server.Store.Compact();

    public async ValueTask DisposeAsync()
    {
        await Widgets.RemoveAsync();
        Api.Dispose();
        await cluster.DisposeAsync();
        await new ClusterReport().DisposeAsync();
    }
}
