using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.Deployments;
using Operator.DevCluster.Workloads.ReplicaSets;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>Which changes wake which workload controller.</summary>
internal static class WorkloadControllers
{
    private const int Workers = 4;

    /// <param name="cache">What they know.</param>
    /// <param name="connection">How they write.</param>
    /// <param name="recorder">Where a component of a given name tells of what it does.</param>
    /// <param name="options">The clock and the loggers.</param>
    public static IEnumerable<IController> Build(
        ClusterCache cache, KubernetesConnection connection, Func<string, EventRecorder> recorder, EmbeddedClusterOptions options) =>
        [ReplicaSets(cache, connection, recorder("replicaset-controller"), options), Deployments(cache, connection, recorder("deployment-controller"), options)];

    private static Controller<ObjectKey> ReplicaSets(ClusterCache cache, KubernetesConnection connection, EventRecorder events, EmbeddedClusterOptions options)
    {
        // Before the controller, so that it hears of pods first.
        PodExpectations expectations = new(cache, options.Time);
        return new ControllerBuilder<ObjectKey>("replicaset", options.Time, options.Loggers)
            .Watches(cache.ReplicaSets, r => [ObjectKey.Of(r.Metadata)])
            .Watches(cache.Pods, p => ReplicaSetController.Of(cache, p))
            .Build(new ReplicaSetController(cache, connection, expectations, events, options.Time), Workers);
    }

    private static Controller<ObjectKey> Deployments(ClusterCache cache, KubernetesConnection connection, EventRecorder events, EmbeddedClusterOptions options)
    {
        var builder = new ControllerBuilder<ObjectKey>("deployment", options.Time, options.Loggers)
            .Watches(cache.Deployments, d => [ObjectKey.Of(d.Metadata)])
            .Watches(cache.ReplicaSets, r => DeploymentController.Of(cache, r));
        cache.Pods.Subscribe(change =>
        {
            if (change is { Before: { } gone, Now: null })
                foreach (var key in DeploymentController.WaitingFor(cache, gone))
                    builder.Queue.Add(key);
        });
        return builder.Build(new DeploymentController(cache, connection, events, options.Time), Workers);
    }
}
