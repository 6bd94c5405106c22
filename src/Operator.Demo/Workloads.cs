using k8s;

namespace Operator.Demo;

/// <summary>What runs on the cluster.</summary>
internal static class Workloads
{
    /// <summary>Waits until every Deployment has the Ready pods that it wants.</summary>
    public static Task ReadyAsync(Kubernetes client, CancellationToken cancellation) => Patience.UntilAsync(
        async c => (await client.ListDeploymentForAllNamespacesAsync(cancellationToken: c)).Items.All(d =>
            d.Status is { } status && status.ObservedGeneration == d.Metadata.Generation && (status.ReadyReplicas ?? 0) == d.Spec.Replicas),
        "every Deployment has its pods", cancellation);
}
