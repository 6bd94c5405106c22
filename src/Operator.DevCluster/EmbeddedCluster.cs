using k8s;
using Operator.DevCluster.Images;
using Operator.DevCluster.Kubelets;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>A whole Kubernetes cluster in this process: its API over HTTP, and nodes that run what it is told to run.</summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private ClusterComponents? components;
    private bool stopped;

    private EmbeddedCluster(ApiServer server, EmbeddedClusterOptions options) => (Server, Images) = (server, new(options.PullsAnyImage));

    public ApiServer Server { get; }
    public Uri Address => Server.Address;

    /// <summary>Where the nodes pull images from.</summary>
    public ImageRegistry Images { get; }

    /// <summary>The kubelets of its nodes.</summary>
    public KubeletFleet Kubelets => components?.Kubelets ?? throw new InvalidOperationException("This cluster was started without controllers, so it has no kubelets.");

    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var server = await ApiServer.StartAsync(options, cancellation);
        ClusterBootstrap.Run(server, options);
        EmbeddedCluster cluster = new(server, options);
        if (options.Controllers)
            cluster.components = await ClusterComponents.StartAsync(cluster.ClientConfiguration, cluster.Images, server.Logs, options, cancellation);
        return cluster;
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
          user: {token: embedded}

        """);

    /// <summary>Creates or changes every object of a YAML stream, in its order.</summary>
    public Task ApplyAsync(string yaml, CancellationToken cancellation = default) => new Manifests(Address, Server.Catalog).ApplyAsync(yaml, cancellation);

    public async Task StopAsync()
    {
        if (stopped)
            return;
        stopped = true;
        if (components is not null)
            await components.DisposeAsync();
        await Server.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
