using k8s;

namespace Operator.Demo;

/// <summary>What runs on the cluster.</summary>
internal static class Workloads
{
    /// <summary>Waits until every Deployment, StatefulSet, DaemonSet and Job has the Ready pods that it wants.</summary>
    public static Task ReadyAsync(Kubernetes client, CancellationToken cancellation) => Patience.UntilAsync(
        async c => (await client.ListDeploymentForAllNamespacesAsync(cancellationToken: c)).Items.All(d =>
            d.Status is { } status && status.ObservedGeneration == d.Metadata.Generation && (status.ReadyReplicas ?? 0) == d.Spec.Replicas)
            && (await client.ListStatefulSetForAllNamespacesAsync(cancellationToken: c)).Items.All(s => (s.Status?.ReadyReplicas ?? 0) == s.Spec.Replicas)
            && (await client.ListDaemonSetForAllNamespacesAsync(cancellationToken: c)).Items.All(d => d.Status is { DesiredNumberScheduled: > 0 } status && status.NumberReady == status.DesiredNumberScheduled)
            && (await client.ListJobForAllNamespacesAsync(cancellationToken: c)).Items.All(j => (j.Status?.Ready ?? 0) == (j.Spec.Parallelism ?? 1)),
        "every workload has its pods", cancellation);
}
