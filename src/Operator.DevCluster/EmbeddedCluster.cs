using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>A whole Kubernetes cluster in this process: its API over HTTP, and nodes that run what it is told to run.</summary>
public sealed class EmbeddedCluster : KubernetesCluster
{
    private EmbeddedCluster(ApiServer server, EmbeddedClusterOptions options)
        : base(options) => Server = server;

    public ApiServer Server { get; }
    public override Uri Address => Server.Address;
    public override RequestLog Requests => Server.Requests;
    public override Faults Faults => Server.Faults;
    public override string AdminToken => "embedded";

    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var server = await ApiServer.StartAsync(options, cancellation);
        ClusterBootstrap.Run(server, options);
        EmbeddedCluster cluster = new(server, options);
        await cluster.StartComponentsAsync(server.Logs, cancellation);
        return cluster;
    }

    private protected override async Task StopServerAsync() => await Server.DisposeAsync();
}
