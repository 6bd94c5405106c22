using k8s;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Disruption;
using Operator.DevCluster.Events;
using Operator.DevCluster.Images;
using Operator.DevCluster.Kubelets;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Networking;
using Operator.DevCluster.Scheduling;
using Operator.DevCluster.Workloads;
using Operator.Runtime;

namespace Operator.DevCluster;

/// <summary>
/// What makes an API a cluster: the workload controllers, the scheduler and the kubelets. They are ordinary clients of
/// whatever API server they are pointed at.
/// </summary>
public sealed class ClusterComponents : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<KubernetesConnection> connections = [];
    private readonly List<IController> controllers = [];
    private readonly List<EventRecorder> recorders = [];
    private readonly Func<string, KubernetesClientConfiguration> server;
    private readonly EmbeddedClusterOptions options;
    private readonly ClusterCache cache;
    private Task running = Task.CompletedTask;

    private ClusterComponents(Func<string, KubernetesClientConfiguration> server, ImageRegistry images, LogStore logs, EmbeddedClusterOptions options)
    {
        (this.server, this.options) = (server, options);
        var manager = Connect("kube-controller-manager");
        cache = new(manager, options.Time, options.Loggers);
        controllers.AddRange(WorkloadControllers.Build(cache, manager, component => Recorder(manager, component), options));
        AddEndpointSlices(manager);
        AddDisruptionBudgets(manager);
        AddScheduler(Connect("kube-scheduler"));
        Kubelets = AddKubelets(Connect("kubelet"), images, logs);
    }

    public KubeletFleet Kubelets { get; }

    /// <param name="server">How a client of a given user agent reaches the API server.</param>
    /// <param name="images">Where the kubelets pull from.</param>
    /// <param name="logs">Where the kubelets keep what containers log.</param>
    /// <param name="options">Delays and the clock.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<ClusterComponents> StartAsync(
        Func<string, KubernetesClientConfiguration> server, ImageRegistry images, LogStore logs, EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        ClusterComponents components = new(server, images, logs, options);
        var token = components.stop.Token;
        var watching = components.cache.All.Select(i => Task.Run(() => i.RunAsync(token), CancellationToken.None)).ToList();
        components.running = Task.WhenAll(watching);
        try
        {
            await Task.WhenAll(components.cache.All.Select(i => i.Synced)).WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await components.DisposeAsync();
            throw;
        }
        components.running = Task.WhenAll([.. watching, .. components.controllers.Select(c => c.RunAsync(token)), .. components.recorders.Select(r => r.RunAsync(token))]);
        return components;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        connections.ForEach(c => c.Dispose());
        stop.Dispose();
    }

    private KubernetesConnection Connect(string component)
    {
        KubernetesConnection connection = new(server(component), component);
        connections.Add(connection);
        return connection;
    }

    private EventRecorder Recorder(KubernetesConnection connection, string component)
    {
        EventRecorder recorder = new(connection, component, options);
        recorders.Add(recorder);
        return recorder;
    }

    private ControllerBuilder<ObjectKey> Builder(string name) => new(name, options.Time, options.Loggers);

    private void AddEndpointSlices(KubernetesConnection connection)
    {
        var builder = Builder("endpointslice")
            .Watches(cache.Services, s => [ObjectKey.Of(s.Metadata)])
            .Watches(cache.Pods, p => EndpointSliceController.Of(cache, p))
            .Watches(cache.EndpointSlices, EndpointSliceController.Of);
        controllers.Add(builder.Build(new EndpointSliceController(cache, connection)));
    }

    private void AddDisruptionBudgets(KubernetesConnection connection)
    {
        var builder = Builder("disruption")
            .Watches(cache.DisruptionBudgets, b => [ObjectKey.Of(b.Metadata)])
            .Watches(cache.Pods, p => DisruptionController.Of(cache, p))
            .Watches(cache.StatefulSets, s => ClusterCache.InNamespace(cache.DisruptionBudgets, s.Metadata.NamespaceProperty).Select(b => ObjectKey.Of(b.Metadata)))
            .Watches(cache.Deployments, d => ClusterCache.InNamespace(cache.DisruptionBudgets, d.Metadata.NamespaceProperty).Select(b => ObjectKey.Of(b.Metadata)));
        controllers.Add(builder.Build(new DisruptionController(cache, connection, options.Time)));
    }

    private void AddScheduler(KubernetesConnection connection)
    {
        Scheduler scheduler = new(cache, connection, Recorder(connection, "default-scheduler"), options.Time);
        cache.Pods.Subscribe(scheduler.Follow);
        var builder = Builder("scheduler")
            .Watches(cache.Pods, p => Scheduler.IsPending(p) ? [ObjectKey.Of(p.Metadata)] : [])
            .Watches(cache.Nodes, _ => cache.UnassignedPods.Select(p => ObjectKey.Of(p.Metadata)));
        // A pod that is gone may make room for one that waits.
        cache.Pods.Subscribe(change =>
        {
            if (change.Now is null or { Status.Phase: "Succeeded" or "Failed" })
                foreach (var waiting in cache.UnassignedPods)
                    builder.Queue.Add(ObjectKey.Of(waiting.Metadata));
        });
        controllers.Add(builder.Build(scheduler, workers: 4));
    }

    private KubeletFleet AddKubelets(KubernetesConnection connection, ImageRegistry images, LogStore logs)
    {
        var builder = Builder("kubelet")
            .Watches(cache.Pods, p => [ObjectKey.Of(p.Metadata)])
            .Watches(cache.Nodes, n => cache.PodsOn(n.Metadata.Name).Select(p => ObjectKey.Of(p.Metadata)));
        KubeletFleet kubelets = new(cache, connection, images, logs, Recorder(connection, "kubelet"), options, builder.Queue);
        controllers.Add(builder.Build(kubelets, workers: 8));
        return kubelets;
    }
}
