using k8s;
using k8s.Models;
using Operator.DevCluster;

namespace Operator.Tests;

/// <summary>A shop namespace on a cluster of its own, a trusted image, and the operator once it is wanted.</summary>
public abstract class ShopTest : IAsyncLifetime
{
    internal const string Shop = "shop";
    private readonly List<OperatorInProcess> operators = [];

    /// <summary>How many nodes its cluster has.</summary>
    protected virtual int NodeCount => new EmbeddedClusterOptions().Nodes;

    internal TestCluster Cluster { get; private set; } = null!;

    /// <summary>The digest of cart:1.4 that a TrustedImage lists.</summary>
    protected string Released { get; private set; } = "";

    public virtual async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync(nodes: NodeCount);
        await Cluster.NamespaceAsync(Shop);
        Released = Cluster.Push("cart", "1.4");
        await Cluster.TrustAsync("cart", "1.4", Released);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in operators)
            await running.DisposeAsync();
        await StopAsync();
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what a test has started beside the operator, while the cluster is still there.</summary>
    protected virtual ValueTask StopAsync() => ValueTask.CompletedTask;

    internal async Task<OperatorInProcess> StartOperatorAsync(OperatorOptions? options = null, TimeProvider? time = null, params DelegatingHandler[] handlers)
    {
        var running = await OperatorInProcess.StartAsync(Cluster, options, time, handlers: handlers);
        operators.Add(running);
        return running;
    }

    internal async Task StopAsync(OperatorInProcess running)
    {
        operators.Remove(running);
        await running.DisposeAsync();
    }

    /// <summary>A Deployment on the trusted digest; returns its pods.</summary>
    protected async Task<IReadOnlyList<V1Pod>> DeployTrustedAsync(int replicas = 2, string podSpec = "", string ns = Shop)
    {
        await Cluster.DeployAsync(ns, "cart", $"cart:1.4@{Released}", replicas, podSpec: podSpec);
        return await Cluster.PodsAsync(ns);
    }

    protected async Task<V1Pod?> PodAsync(V1Pod pod) =>
        (await Cluster.Client.ListNamespacedPodAsync(pod.Namespace())).Items.FirstOrDefault(p => p.Uid() == pod.Uid());

    /// <summary>A pod without a workload behind it.</summary>
    protected async Task<V1Pod> BarePodAsync(string name, string metadata = "")
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: {{name}}, namespace: {{Shop}}, labels: {app: {{name}}}{{metadata}}}
            spec: {containers: [{name: main, image: "{{TestCluster.Registry}}/cart:1.4"}]}
            """);
        V1Pod? ready = null;
        await Waiting.UntilAsync(
            async () => (ready = await Cluster.Client.ReadNamespacedPodAsync(name, Shop)).Status.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) is true,
            $"pod {name} is Ready");
        return ready!;
    }
}
