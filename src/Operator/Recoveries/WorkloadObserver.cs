using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>A workload, and the UIDs that own its pods; or why it is not known.</summary>
internal sealed record WorkloadView(Facts.Workload? Workload, IReadOnlyList<string> Owners, string? Unknown = null);

/// <summary>What will create the next pod: the Deployment's template and that of every ReplicaSet which wants pods, read live.</summary>
internal static class WorkloadObserver
{
    private const string Revision = "deployment.kubernetes.io/revision";

    public static Task<WorkloadView> ObserveAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation) =>
        reference.Kind switch
        {
            "Deployment" => DeploymentAsync(cache, reference, ns, cancellation),
            "ReplicaSet" => ReplicaSetAsync(cache, reference, ns, cancellation),
            "StatefulSet" => NumberedWorkloads.StatefulSetAsync(cache, reference, ns, cancellation),
            "DaemonSet" => NumberedWorkloads.DaemonSetAsync(cache, reference, ns, cancellation),
            "Job" => JobWorkloads.JobAsync(cache, reference, ns, cancellation),
            "CronJob" => JobWorkloads.CronJobAsync(cache, reference, ns, cancellation),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task<WorkloadView> DeploymentAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var deployment = await LiveAsync(cache.Deployments.Api, new(ns, reference.Name), reference.Uid, cancellation);
        var owned = await OwnedAsync(cache, ns, reference.Uid, deployment?.Spec.Selector.MatchLabels, cancellation);
        return new(deployment is null ? null : Of(deployment, owned), [.. owned.Select(r => r.Metadata.Uid)]);
    }

    private static async Task<WorkloadView> ReplicaSetAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var set = await LiveAsync(cache.ReplicaSets.Api, new(ns, reference.Name), reference.Uid, cancellation);
        return new(set is null ? null : new Facts.Workload
        {
            Kind = Facts.OwnerKind.ReplicaSet,
            Name = set.Metadata.Name,
            Uid = set.Metadata.Uid,
            Replicas = set.Spec.Replicas ?? 1,
            Deleting = set.Metadata.DeletionTimestamp is not null,
            Settled = set.Status.ObservedGeneration >= set.Metadata.Generation,
            ManagedBy = ManagedBy.Of(set.Metadata),
            PinnedBy = set.Metadata.Annotation(WellKnown.PinnedByAnnotation),
            Pins = TemplatePatches.PinsOf(set.Metadata),
            Template = TemplateOf(set.Spec.Template),
            ReplicaSets = [Of(set, current: true)],
            Problem = FailureOf(set),
        }, [reference.Uid]);
    }

    private static Facts.Workload Of(Deployment deployment, IReadOnlyList<ReplicaSet> owned)
    {
        var current = deployment.Metadata.Annotation(Revision);
        var stalled = deployment.Status.Conditions.FirstOrDefault(c => c is { Type: "Progressing", Status: "False" });
        return new Facts.Workload
        {
            Kind = Facts.OwnerKind.Deployment,
            Name = deployment.Metadata.Name,
            Uid = deployment.Metadata.Uid,
            Replicas = deployment.Spec.Replicas ?? 1,
            Deleting = deployment.Metadata.DeletionTimestamp is not null,
            Paused = deployment.Spec.Paused,
            PausedBy = deployment.Metadata.Annotation(WellKnown.PausedByAnnotation),
            ManagedBy = ManagedBy.Of(deployment.Metadata),
            PinnedBy = deployment.Metadata.Annotation(WellKnown.PinnedByAnnotation),
            Pins = TemplatePatches.PinsOf(deployment.Metadata),
            Settled = deployment.Status.ObservedGeneration >= deployment.Metadata.Generation,
            Template = TemplateOf(deployment.Spec.Template),
            ReplicaSets = [.. owned.Where(WantsPods)
                .Select(r => Of(r, current is not null && r.Metadata.Annotation(Revision) == current))],
            Problem = owned.Select(FailureOf).FirstOrDefault(f => f is not null)
                ?? (stalled is null ? null : (stalled.Reason ?? "ProgressDeadlineExceeded", stalled.Message ?? "the Deployment does not progress")),
        };
    }

    public static bool WantsPods(ReplicaSet set) => set.Spec.Replicas is null or > 0 || set.Status.Replicas > 0;

    public static Facts.ReplicaSet Of(ReplicaSet set, bool current) => new()
    {
        Name = set.Metadata.Name,
        Uid = set.Metadata.Uid,
        Current = current,
        Settled = set.Status.ObservedGeneration >= set.Metadata.Generation,
        Template = TemplateOf(set.Spec.Template),
    };

    public static IReadOnlyList<Facts.TemplateContainer> TemplateOf(PodTemplate template) =>
        [
            .. template.Spec.InitContainers.Select(c => new Facts.TemplateContainer(c.Name, c.Image ?? "", Init: true)),
            .. template.Spec.Containers.Select(c => new Facts.TemplateContainer(c.Name, c.Image ?? "")),
            .. template.Spec.Volumes.Where(v => v.Image is not null).Select(v => new Facts.TemplateContainer(v.Name ?? "", v.Image!.Reference ?? "", IsVolume: true)),
        ];

    public static (string, string)? FailureOf(ReplicaSet set) =>
        set.Status.Conditions.FirstOrDefault(c => c is { Type: "ReplicaFailure", Status: "True" }) is { } failure
            ? (failure.Message?.Contains("exceeded quota", StringComparison.Ordinal) is true ? "QuotaExceeded" : failure.Reason ?? "ReplicaFailure",
                $"{set.Metadata.Name}: {failure.Message}")
            : null;

    private static async Task<IReadOnlyList<ReplicaSet>> OwnedAsync(ClusterCache cache, string ns, string uid, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellation)
    {
        var selector = labels is { Count: > 0 } ? string.Join(',', labels.Select(l => $"{l.Key}={l.Value}")) : null;
        var page = await cache.ReplicaSets.Api.ListAsync(new Selection { Namespace = ns, LabelSelector = selector }, cancellation: cancellation);
        return [.. page.Required().Items.Where(r => r.Metadata.ControllerUid() == uid)];
    }

    public static async Task<T?> LiveAsync<T>(ResourceApi<T> api, ObjectKey key, string uid, CancellationToken cancellation)
        where T : class, IMetadata<V1ObjectMeta> =>
        await api.GetAsync(key, cancellation) switch
        {
            ApiResult<T>.Ok { Value: var found } => found.Metadata.Uid == uid ? found : null,
            ApiResult<T>.NotFound => null,
            var refused => refused.Required(),
        };
}
