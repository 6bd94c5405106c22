using Operator.DevCluster.Kubelets;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>A cluster whose API server is a real one, seen through a proxy.</summary>
public sealed class ProxiedCluster : KubernetesCluster
{
    private readonly ApiProxy proxy;
    private readonly LogStore logs = new();
    private readonly KubeletEndpoint kubelet;
    private readonly Action? stopped;

    private ProxiedCluster(ApiProxy proxy, string adminToken, EmbeddedClusterOptions options, Action? stopped)
        : base(options)
    {
        (this.proxy, this.stopped, AdminToken) = (proxy, stopped, adminToken);
        kubelet = new(logs, pod => Kubelets.UidOf(pod), options.Time);
    }

    public override Uri Address => proxy.Front.Address;
    public override RequestLog Requests => proxy.Front.Requests;
    public override Faults Faults => proxy.Front.Faults;
    public override string AdminToken { get; }

    /// <param name="server">Reaches the API server, whose address is its base address. It is disposed with the cluster.</param>
    /// <param name="adminToken">A bearer token that may do everything.</param>
    /// <param name="options">Whether controllers and kubelets run here, and what they are like. A whole cluster has its own.</param>
    /// <param name="finished">Called for every request that is answered, from the first on.</param>
    /// <param name="stopped">Called once when nothing of this cluster uses the server any more.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<ProxiedCluster> StartAsync(
        HttpClient server, string adminToken, EmbeddedClusterOptions options, Action<ApiRequest>? finished = null, Action? stopped = null, CancellationToken cancellation = default)
    {
        ApiProxy proxy = new(server, adminToken, options.Time);
        proxy.Front.Requests.Finished += finished;
        await proxy.Front.StartAsync(cancellation);
        ProxiedCluster cluster = new(proxy, adminToken, options, stopped);
        if (options.Controllers)
            await cluster.StartNodesAsync(cancellation);
        return cluster;
    }

    private protected override async Task StopServerAsync()
    {
        await kubelet.DisposeAsync();
        await proxy.DisposeAsync();
        stopped?.Invoke();
    }

    private async Task StartNodesAsync(CancellationToken cancellation)
    {
        await kubelet.StartAsync(cancellation);
        await NodeRegistration.RunAsync(ClientConfiguration("kubelet"), Options, kubelet.Port, cancellation);
        await StartComponentsAsync(logs, cancellation);
    }
}
