using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Domain.Trust;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Looks at everything one decision needs: caches for breadth, live reads for the target and whatever makes its successor.</summary>
internal sealed class RecoveryObserver(ClusterCache cache, OperatorOptions options, TimeProvider time)
{
    public async Task<Observation> ObserveAsync(Recovery recovery, bool evidenceAttempted, CancellationToken cancellation)
    {
        var target = recovery.Spec.Target;
        var key = ObjectKey.Of(recovery.Metadata);
        var pod = await LivePodAsync(target, cancellation);
        var settings = recovery.Spec.Policy.Spec.ToSettings();
        var progress = recovery.Status.ToProgress();
        var owner = pod?.Metadata.Annotation("kubernetes.io/config.mirror") is null ? OwnerOf(target.Workload) : OwnerKind.Node;
        var view = owner is OwnerKind.Deployment or OwnerKind.ReplicaSet
            ? await WorkloadObserver.ObserveAsync(cache, target.Workload!, target.Namespace, cancellation)
            : null;
        var pods = view is null ? [] : view.Owners
            .SelectMany(uid => cache.Pods.Store.ByIndex(ClusterCache.ByOwner, uid))
            .Where(p => p.Metadata.Uid != target.Uid)
            .Select(PodFacts.Of)
            .ToList();
        if (pod is not null && pod.Metadata.ControllerUid() is not null)
            pods.Add(PodFacts.Of(pod));

        return new Observation
        {
            Now = time.GetUtcNow(),
            Episode = EpisodeOf(recovery, settings, owner),
            Progress = progress,
            Trust = TrustFor(settings, progress),
            Target = pod is null ? null : PodFacts.Of(pod) with { Quarantined = pod.Metadata.Annotation(WellKnown.RecoveryAnnotation) == key.ToString() && pod.Metadata.Label(WellKnown.QuarantineLabel) is not null },
            Workload = view?.Workload,
            Pods = pods,
            Surroundings = await SurroundingsAsync(recovery, settings, pod, cancellation),
            EvidenceCaptured = evidenceAttempted || recovery.Status?.Evidence.Count > 0,
            FindingsOnReplacements = FindingsOn(pods, recovery),
            History = RecoveryHistory.Of(cache, recovery, time.GetUtcNow()),
        };
    }

    private async Task<Cluster.Pod?> LivePodAsync(RecoveryTarget target, CancellationToken cancellation) =>
        await cache.Pods.Api.GetAsync(new(target.Namespace, target.Name), cancellation) switch
        {
            ApiResult<Cluster.Pod>.Ok { Value: var pod } => pod.Metadata.Uid == target.Uid ? pod : null,
            ApiResult<Cluster.Pod>.NotFound => null,
            var refused => refused.Required(),
        };

    private Episode EpisodeOf(Recovery recovery, RecoverySettings settings, OwnerKind owner) => new()
    {
        Name = ObjectKey.Of(recovery.Metadata).ToString(),
        Settings = settings,
        TargetName = recovery.Spec.Target.Name,
        TargetUid = recovery.Spec.Target.Uid,
        Policy = recovery.Spec.Policy.Display(),
        Owner = owner,
        OwnerName = recovery.Spec.Target.Workload is { } w
            ? w.Kind is "Deployment" or "ReplicaSet" ? w.Name : $"{w.Kind} {w.Name}"
            : "",
        Cancelled = recovery.Spec.Cancelled,
        Approval = recovery.Spec.Approval is { } a
            ? new(a.Decision == ApprovalDecision.Approved, a.PlanHash, a.By)
            : null,
        UnverifiedApprovalsAllowed = options.AllowUnverifiedApprovals,
    };

    private static OwnerKind OwnerOf(WorkloadReference? workload) => workload switch
    {
        null => OwnerKind.None,
        { Kind: "Deployment", ApiVersion: "apps/v1" } => OwnerKind.Deployment,
        { Kind: "ReplicaSet", ApiVersion: "apps/v1" } => OwnerKind.ReplicaSet,
        { Kind: "Node" } => OwnerKind.Node,
        _ => OwnerKind.Other,
    };

    /// <summary>What was decided at the start stays trusted, should its TrustedImage change meanwhile; a revocation undoes that.</summary>
    private TrustDecision TrustFor(RecoverySettings settings, Progress progress)
    {
        var decided = progress.Images.Select(i => ImageReference.Parse(i.Image)).Where(i => i.Digest is not null)
            .Select(i => new TrustedRepository("decided", [i.Repository], [new ListedDigest(i.Digest!, [], [])]));
        return new TrustDecision(
            [.. cache.TrustedImages.Store.All.Select(DomainMapping.ToRepository), .. decided],
            cache.ImageRevocationLists.Store.All.SelectMany(l => l.Spec.Revoked.Keys).ToHashSet(),
            settings.Require);
    }

    private async Task<Surroundings> SurroundingsAsync(Recovery recovery, RecoverySettings settings, Cluster.Pod? pod, CancellationToken cancellation)
    {
        var ns = recovery.Spec.Target.Namespace;
        return new Surroundings
        {
            ProtectedBecause = ns == options.Namespace ? $"{ns} is the operator's own namespace"
                : options.ProtectedNamespaces.Contains(ns) ? $"namespace {ns} is protected by the operator's configuration"
                : null,
            QuarantinePolicyPresent = pod is null || !settings.DenyNetwork
                || await cache.NetworkPolicies.Api.GetAsync(new(ns, WellKnown.QuarantinePolicy), cancellation) is ApiResult<NetworkPolicy>.Ok,
            BlockingDisruptionBudget = pod is null ? null : cache.DisruptionBudgets.Store.All.FirstOrDefault(b =>
                b.Metadata.NamespaceProperty == ns && b.Status.DisruptionsAllowed == 0
                && b.Spec.Selector?.Matches(pod.Metadata.Labels) is true)?.Metadata.Name,
            Node = settings.CordonNode && pod?.Spec.NodeName is { } node ? await NodeFacts.OfAsync(cache, options, recovery, node, cancellation) : null,
        };
    }

    /// <summary>Findings that a recovery took, about pods which this recovery put there.</summary>
    private List<string> FindingsOn(IEnumerable<Facts.Pod> pods, Recovery recovery)
    {
        if (recovery.Status?.Progress?.SoakStartedAt is null)
            return [];
        var replacements = recovery.Status.Replacements.Select(r => r.Uid).ToHashSet();
        return [.. from pod in pods
                   where replacements.Contains(pod.Uid)
                   from finding in cache.SecurityFindings.Store.ByIndex(ClusterCache.ByPod, pod.Uid)
                   where finding.Status?.State == FindingState.Matched
                   select finding.Spec.Rule];
    }
}
