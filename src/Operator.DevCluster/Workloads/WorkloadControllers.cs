using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.CronJobs;
using Operator.DevCluster.Workloads.DaemonSets;
using Operator.DevCluster.Workloads.Deployments;
using Operator.DevCluster.Workloads.Jobs;
using Operator.DevCluster.Workloads.ReplicaSets;
using Operator.DevCluster.Workloads.StatefulSets;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>Which changes wake which workload controller.</summary>
internal sealed class WorkloadControllers
{
    private const int Workers = 4;

    private readonly ClusterCache cache;
    private readonly KubernetesConnection connection;
    private readonly Func<string, EventRecorder> recorder;
    private readonly EmbeddedClusterOptions options;
    private readonly PodExpectations expectations;

    private WorkloadControllers(ClusterCache cache, KubernetesConnection connection, Func<string, EventRecorder> recorder, EmbeddedClusterOptions options)
    {
        (this.cache, this.connection, this.recorder, this.options) = (cache, connection, recorder, options);
        // Before the controllers, so that it hears of pods first.
        expectations = new(cache, options.Time);
    }

    /// <param name="cache">What they know.</param>
    /// <param name="connection">How they write.</param>
    /// <param name="recorder">Where a component of a given name tells of what it does.</param>
    /// <param name="options">The clock and the loggers.</param>
    public static IReadOnlyList<IController> Build(
        ClusterCache cache, KubernetesConnection connection, Func<string, EventRecorder> recorder, EmbeddedClusterOptions options)
    {
        WorkloadControllers controllers = new(cache, connection, recorder, options);
        return [controllers.ReplicaSets(), controllers.Deployments(), controllers.DaemonSets(), controllers.StatefulSets(), controllers.Jobs(), controllers.CronJobs()];
    }

    private Controller<ObjectKey> ReplicaSets() => Builder("replicaset")
        .Watches(cache.ReplicaSets, r => [ObjectKey.Of(r.Metadata)])
        .Watches(cache.Pods, p => Ownership.Of(cache.ReplicaSets, "ReplicaSet", p.Metadata, r => r.Spec.Selector))
        .Build(new ReplicaSetController(cache, connection, expectations, Control(recorder("replicaset-controller")), options.Time), Workers);

    private Controller<ObjectKey> Deployments()
    {
        var builder = Builder("deployment")
            .Watches(cache.Deployments, d => [ObjectKey.Of(d.Metadata)])
            .Watches(cache.ReplicaSets, r => DeploymentController.Of(cache, r));
        cache.Pods.Subscribe(change =>
        {
            if (change is { Before: { } gone, Now: null })
                foreach (var key in DeploymentController.WaitingFor(cache, gone))
                    builder.Queue.Add(key);
        });
        return builder.Build(new DeploymentController(cache, connection, recorder("deployment-controller"), options.Time), Workers);
    }

    private Controller<ObjectKey> DaemonSets()
    {
        var events = recorder("daemonset-controller");
        return Builder("daemonset")
            .Watches(cache.DaemonSets, d => [ObjectKey.Of(d.Metadata)])
            .Watches(cache.Revisions, r => Ownership.Of(cache.DaemonSets, "DaemonSet", r.Metadata, d => d.Spec.Selector))
            .Watches(cache.Pods, p => Ownership.Of(cache.DaemonSets, "DaemonSet", p.Metadata, d => d.Spec.Selector))
            .Watches(cache.Nodes, _ => cache.DaemonSets.Store.All.Select(d => ObjectKey.Of(d.Metadata)))
            .Build(new DaemonSetController(cache, connection, expectations, Control(events), events, options.Time), Workers);
    }

    private Controller<ObjectKey> StatefulSets() => Builder("statefulset")
        .Watches(cache.StatefulSets, s => [ObjectKey.Of(s.Metadata)])
        .Watches(cache.Pods, p => Ownership.Of(cache.StatefulSets, "StatefulSet", p.Metadata, s => s.Spec.Selector))
        .Build(new StatefulSetController(cache, connection, expectations, recorder("statefulset-controller"), options.Time), Workers);

    private Controller<ObjectKey> Jobs()
    {
        JobTracking tracking = new(cache, connection);
        return Builder("job")
            .Watches(cache.Jobs, j => [ObjectKey.Of(j.Metadata)])
            .Watches(cache.Pods, p => Ownership.Of(cache.Jobs, "Job", p.Metadata, j => j.Spec.Selector))
            .Build(new JobController(cache, connection, expectations, tracking, recorder("job-controller"), options), Workers);
    }

    private Controller<ObjectKey> CronJobs() => Builder("cronjob")
        .Watches(cache.CronJobs, c => [ObjectKey.Of(c.Metadata)])
        .Watches(cache.Jobs, CronJobController.Of)
        .Build(new CronJobController(cache, connection, recorder("cronjob-controller"), options.Time), Workers);

    private ControllerBuilder<ObjectKey> Builder(string name) => new(name, options.Time, options.Loggers);

    private PodControl Control(EventRecorder events) => new(connection, expectations, events);
}
