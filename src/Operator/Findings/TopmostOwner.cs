using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Recoveries;

namespace Operator.Findings;

/// <summary>
/// Finds what a pod's template comes from: the topmost of its owners in which one stands. Between Kubernetes' own kinds that is
/// the Deployment of a ReplicaSet and the CronJob of a Job; above them only a kind of which somebody said where its template stands.
/// </summary>
internal sealed class TopmostOwner(ClusterCache cache, KindDirectory kinds, OtherWorkloads others)
{
    private const int MostLevels = 8;

    public async Task<WorkloadReference?> OfAsync(Pod pod, CancellationToken cancellation)
    {
        if (pod.Metadata.Controller()?.ToReference() is not { } owner)
            return null;
        var ns = pod.Metadata.NamespaceProperty;
        // A Job is a workload of its own, whatever made it, but for a CronJob.
        var top = cache.AboveOwner(owner.Uid)?.ToReference() is { } above && (owner.Kind != "Job" || above.Kind == "CronJob") ? above : owner;
        var at = top;
        for (var level = 0; level < MostLevels && await ControllerOfAsync(at, ns, cancellation) is { } next; level++)
        {
            at = next;
            if (kinds.IsConfigured(at) || (!KindDirectory.IsKnown(at) && !KindDirectory.IsKnown(top) && await others.LookAsync(at, ns, cancellation) is { HasTemplate: true }))
                top = at;
        }
        return top;
    }

    private async Task<WorkloadReference?> ControllerOfAsync(WorkloadReference reference, string ns, CancellationToken cancellation) =>
        (reference.ApiVersion, reference.Kind) switch
        {
            ("apps/v1", "Deployment") => cache.Deployments.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            ("apps/v1", "StatefulSet") => cache.StatefulSets.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            ("apps/v1", "DaemonSet") => cache.DaemonSets.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            ("apps/v1", "ReplicaSet") => cache.ReplicaSets.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            ("batch/v1", "Job") => cache.Jobs.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            ("batch/v1", "CronJob") => cache.CronJobs.Store.Get(new(ns, reference.Name))?.Metadata.Controller()?.ToReference(),
            _ => (await others.LookAsync(reference, ns, cancellation))?.Controller,
        };
}
