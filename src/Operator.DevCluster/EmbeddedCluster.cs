using k8s;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>A whole Kubernetes cluster in this process: its API over HTTP, and nodes that run what it is told to run.</summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private bool stopped;

    private EmbeddedCluster(ApiServer server) => Server = server;

    public ApiServer Server { get; }
    public Uri Address => Server.Address;

    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var server = await ApiServer.StartAsync(options, cancellation);
        ClusterBootstrap.Run(server, options);
        return new(server);
    }

    /// <summary>How a client that calls itself <paramref name="userAgent"/> reaches this cluster.</summary>
    public KubernetesClientConfiguration ClientConfiguration(string userAgent) =>
        new() { Host = Address.ToString(), UserAgent = userAgent, Namespace = "default" };

    /// <summary>Writes a kubeconfig for kubectl.</summary>
    public void WriteKubeconfig(string path) => File.WriteAllText(path, $$"""
        apiVersion: v1
        kind: Config
        current-context: embedded
        clusters:
        - name: embedded
          cluster: {server: "{{Address.ToString().TrimEnd('/')}}"}
        contexts:
        - name: embedded
          context: {cluster: embedded, user: embedded}
        users:
        - name: embedded
          user: {}

        """);

    /// <summary>Creates or changes every object of a YAML stream, in its order.</summary>
    public Task ApplyAsync(string yaml, CancellationToken cancellation = default) => new Manifests(Address, Server.Catalog).ApplyAsync(yaml, cancellation);

    public async Task StopAsync()
    {
        if (stopped)
            return;
        stopped = true;
        await Server.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
