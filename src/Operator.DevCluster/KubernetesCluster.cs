using k8s;
using Operator.DevCluster.Images;
using Operator.DevCluster.Kubelets;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>
/// A Kubernetes cluster of which this process sees every request. Its API server is the embedded one or a real one; its workload
/// controllers, scheduler and kubelets are the same clients of either.
/// </summary>
public abstract class KubernetesCluster : IAsyncDisposable
{
    private ClusterComponents? components;
    private bool stopped;

    private protected KubernetesCluster(EmbeddedClusterOptions options) => (Options, Images) = (options, new(options.PullsAnyImage));

    /// <summary>Where its API is served, by plain HTTP on the loopback interface.</summary>
    public abstract Uri Address { get; }
    public abstract RequestLog Requests { get; }
    public abstract Faults Faults { get; }

    /// <summary>The bearer token of its administrator.</summary>
    public abstract string AdminToken { get; }

    /// <summary>Where the nodes pull images from.</summary>
    public ImageRegistry Images { get; }

    /// <summary>The kubelets of its nodes.</summary>
    public KubeletFleet Kubelets => components?.Kubelets ?? throw new InvalidOperationException("This cluster was started without controllers, so it has no kubelets.");

    private protected EmbeddedClusterOptions Options { get; }

    /// <summary>How a client that calls itself <paramref name="userAgent"/> reaches this cluster: with the given bearer token, else as its administrator.</summary>
    public KubernetesClientConfiguration ClientConfiguration(string userAgent, string? token = null) =>
        new() { Host = Address.ToString(), UserAgent = userAgent, Namespace = "default", AccessToken = token ?? AdminToken };

    /// <summary>Writes a kubeconfig for kubectl.</summary>
    public void WriteKubeconfig(string path, string? token = null) => File.WriteAllText(path, $$"""
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
          user: {token: "{{token ?? AdminToken}}"}

        """);

    /// <summary>Creates or changes every object of a YAML stream, in its order.</summary>
    public Task ApplyAsync(string yaml, CancellationToken cancellation = default) => new Manifests(Address, AdminToken).ApplyAsync(yaml, cancellation);

    public async Task StopAsync()
    {
        if (stopped)
            return;
        stopped = true;
        if (components is not null)
            await components.DisposeAsync();
        await StopServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task StopServerAsync();

    private protected async Task StartComponentsAsync(LogStore logs, CancellationToken cancellation)
    {
        if (Options.Controllers)
            components = await ClusterComponents.StartAsync(agent => ClientConfiguration(agent), Images, logs, Options, cancellation);
    }
}
