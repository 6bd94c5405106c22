using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Workloads whose pods have a number or a node each: the next pod takes the place, and with a StatefulSet the name, of the one that goes.</summary>
internal static class NumberedWorkloads
{
    public static async Task<WorkloadView> StatefulSetAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var set = await WorkloadObserver.LiveAsync(cache.StatefulSets.Api, new(ns, reference.Name), reference.Uid, cancellation);
        return new(set is null ? null : Of(Facts.OwnerKind.StatefulSet, set.Metadata, set.Spec.Template, set.Spec.UpdateStrategy, set.Status.ObservedGeneration) with
        {
            Replicas = set.Spec.Replicas ?? 1,
            Held = await HeldAsync(cache, set, ns, cancellation),
        }, [reference.Uid]);
    }

    /// <summary>The revision below the partition. One that cannot be read counts as untrusted: its images are not known.</summary>
    private static async Task<Facts.HeldRevision?> HeldAsync(ClusterCache cache, StatefulSet set, string ns, CancellationToken cancellation)
    {
        if (set.Spec.UpdateStrategy is not { Type: not "OnDelete", RollingUpdate.Partition: > 0 and var partition } || set.Status.CurrentRevision is not { Length: > 0 } name)
            return null;
        var revision = await cache.ControllerRevisions.GetAsync(new(ns, name), cancellation) switch
        {
            ApiResult<ControllerRevision>.Ok { Value: var found } => found,
            ApiResult<ControllerRevision>.NotFound => null,
            var refused => refused.Required(),
        };
        return new(name, (set.Spec.Ordinals?.Start ?? 0) + partition, revision?.Data.Spec?.Template is { } template ? WorkloadObserver.TemplateOf(template) : [new("", "")]);
    }

    public static async Task<WorkloadView> DaemonSetAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var set = await WorkloadObserver.LiveAsync(cache.DaemonSets.Api, new(ns, reference.Name), reference.Uid, cancellation);
        return new(set is null ? null : Of(Facts.OwnerKind.DaemonSet, set.Metadata, set.Spec.Template, set.Spec.UpdateStrategy, set.Status.ObservedGeneration) with
        {
            Replicas = set.Status.DesiredNumberScheduled,
        }, [reference.Uid]);
    }

    private static Facts.Workload Of(Facts.OwnerKind kind, V1ObjectMeta metadata, PodTemplate template, UpdateStrategy strategy, long? observed) => new()
    {
        Kind = kind,
        Name = metadata.Name,
        Uid = metadata.Uid,
        Deleting = metadata.DeletionTimestamp is not null,
        Settled = observed >= metadata.Generation,
        ManagedBy = ManagedBy.Of(metadata),
        PinnedBy = metadata.Annotation(WellKnown.PinnedByAnnotation),
        Pins = TemplatePatches.PinsOf(metadata),
        OnDelete = strategy.Type == "OnDelete",
        Template = WorkloadObserver.TemplateOf(template),
    };
}
