[assembly: AssemblyFixture(typeof(Operator.DevCluster.Tests.ApiServerFixture))]

namespace Operator.DevCluster.Tests;

/// <summary>One API server without controllers for all tests that need no server of their own; each takes a namespace of its own.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private int namespaces;

    public EmbeddedCluster Cluster { get; private set; } = null!;
    public ApiClient Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        Api = new(Cluster.Address);
    }

    public async Task<string> NamespaceAsync()
    {
        string name = $"test-{Interlocked.Increment(ref namespaces)}";
        _ = (await Api.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", name))).Ok;
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Cluster.DisposeAsync();
    }
}
