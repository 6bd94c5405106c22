using System.Net.Http.Headers;

[assembly: AssemblyFixture(typeof(Operator.Conformance.Tests.ConformanceCluster))]

namespace Operator.Conformance.Tests;

/// <summary>The API server that is asked: where it is, and what it can do.</summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    private EmbeddedCluster embedded = null!;

    /// <summary>Marks the names of everything that is not in a namespace of a test.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("N")[..8];

    public ApiClient Api { get; private set; } = null!;

    internal Widgets Widgets { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        embedded = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        HttpClient http = new() { BaseAddress = embedded.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "conformance");
        http.DefaultRequestHeaders.UserAgent.ParseAdd("conformance/1.0");
        Api = new(http);
        Widgets = await Widgets.InstallAsync(Api, $"{Mark}.conformance.example");
    }

    /// <summary>A namespace for one test.</summary>
    public Task<TestNamespace> NamespaceAsync() => TestNamespace.CreateAsync(Api, $"conformance-{Guid.NewGuid():N}"[..28]);

    /// <summary>Skips the test where the cluster cannot do what it needs.</summary>
    public static void Needs(Capability capability)
    {
        // The embedded API server can do all of it.
        _ = capability;
    }

    /// <summary>Cuts off all history.</summary>
    public void Compact() => embedded.Server.Store.Compact();

    public async ValueTask DisposeAsync()
    {
        await Widgets.RemoveAsync();
        Api.Dispose();
        await embedded.DisposeAsync();
    }
}
