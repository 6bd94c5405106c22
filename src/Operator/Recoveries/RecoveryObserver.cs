using Operator.Access;
using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Isolation;
using Operator.Domain.Planning;
using Operator.Domain.Trust;
using Operator.Isolation;
using Operator.Runtime;
using Operator.Trust;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Looks at everything one decision needs: caches for breadth, live reads for the target and whatever makes its successor.</summary>
internal sealed class RecoveryObserver(
    ClusterCache cache, RecoveryAuthority authority, OtherWorkloads others, WorkloadWriters writers, OperatorAccess access, ClusterAdmission admission, AdmissionTrials trials, ClusterIsolation isolation, RevocationList revocations, ApprovalFacts approvals, QuarantinePolicies quarantines, DetachedLabels labels, OperatorOptions options, TimeProvider time)
{
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    public async Task<Observation> ObserveAsync(Recovery recovery, PassMemory memory, CancellationToken cancellation)
    {
        var target = recovery.Spec.Target;
        var key = ObjectKey.Of(recovery.Metadata);
        var settings = authority.SettingsOf(recovery);
        var progress = memory.After(recovery.Status.ToProgress());
        progress = progress with { Pins = progress.Pins + memory.Pins, DecidedAgainAt = memory.RepinnedAt ?? progress.DecidedAgainAt };
        // None of these reads waits for what another one says.
        var (podRead, viewRead, quarantineRead) = (LivePodAsync(target, cancellation), ViewAsync(target, cancellation), QuarantineAsync(target.Namespace, settings, memory, cancellation));
        await Task.WhenAll(podRead, viewRead, quarantineRead);
        var pod = await podRead;
        if (pod is not null)
            labels.Take(pod);
        var owner = pod?.Metadata.Annotation(MirrorAnnotation) is null ? OwnerOf(target.Workload) : OwnerKind.Node;
        var view = owner is OwnerKind.Node ? null : await viewRead;
        var owned = view is null ? [] : view.Owners
            .SelectMany(uid => cache.Pods.Store.ByIndex(ClusterCache.ByOwner, uid))
            .Where(p => p.Metadata.Uid != target.Uid)
            .ToList();
        if (pod is not null && pod.Metadata.ControllerUid() is not null)
            owned.Insert(0, pod);

        var seen = new Observation
        {
            Now = time.GetUtcNow(),
            Episode = await approvals.OfAsync(recovery, EpisodeOf(recovery, settings, owner), cancellation),
            Progress = progress,
            Trust = await TrustForAsync(settings, progress, cancellation),
            Target = pod is null ? null : TargetOf(pod, recovery),
            Workload = view?.Workload,
            WorkloadUnknown = view?.Unknown,
            Pods = [.. owned.Select(PodFacts.Of)],
            Released = [.. progress.Removals.Where(r => r.Uid != target.Uid).Select(r => cache.PodOf(r.Uid)).OfType<Cluster.Pod>().Where(p => p.Metadata.ControllerUid() is null).Select(PodFacts.Of)],
            Surroundings = await SurroundingsAsync(recovery, settings, pod, owned.FirstOrDefault(), await quarantineRead, memory, cancellation),
            Admission = OfferIn(target.Namespace, settings),
            EvidenceCaptured = memory.EvidenceAttempted || recovery.Status?.Evidence.Count > 0,
            FindingsOnReplacements = FindingsOnReplacements(recovery),
            History = RecoveryHistory.Of(cache, authority, recovery, time.GetUtcNow()),
        };
        seen = seen with { Workload = await writers.TellAsync(seen.Workload, seen, target.Workload, target.Namespace, cancellation) };
        return RecoveryPlanner.TrialOf(seen) is { } asked
            ? seen with { Admission = seen.Admission with { Trial = await trials.TryAsync(target.Namespace, asked, cancellation) } }
            : seen;
    }

    /// <summary>What admission does in a namespace, as far as it was seen lately; a trial shows whether it still does.</summary>
    private AdmissionOffer OfferIn(string ns, RecoverySettings settings)
    {
        var (labels, state) = (cache.Namespaces.Store.Get(new("", ns))?.Metadata, admission.Current);
        return new()
        {
            PinsTags = state.Has(AdmissionPolicyName.PinImages) && labels?.Label(WellKnown.PinImagesLabel) == "true",
            RefusesRevoked = state.Has(AdmissionPolicyName.RevokedImages),
            RefusesUnlisted = state.Has(AdmissionPolicyName.ListedImages) && labels?.Label(WellKnown.RequireListedImagesLabel) == "true",
            CanRevoke = revocations.CanAdd,
            Spared = settings.Revoke ? revocations.Spared() : SparedImages.None,
        };
    }

    private async Task<Cluster.Pod?> LivePodAsync(RecoveryTarget target, CancellationToken cancellation) =>
        await cache.Pods.Api.GetAsync(new(target.Namespace, target.Name), cancellation) switch
        {
            ApiResult<Cluster.Pod>.Ok { Value: var pod } => pod.Metadata.Uid == target.Uid ? pod : null,
            ApiResult<Cluster.Pod>.NotFound => null,
            var refused => refused.Required(),
        };

    private async Task<WorkloadView?> ViewAsync(RecoveryTarget target, CancellationToken cancellation) =>
        OwnerOf(target.Workload) switch
        {
            OwnerKind.None or OwnerKind.Node => null,
            OwnerKind.Other => await others.ObserveAsync(target.Workload!, target.Namespace, cancellation),
            _ => await WorkloadObserver.ObserveAsync(cache, target.Workload!, target.Namespace, cancellation),
        };

    /// <summary>The label says that this recovery contained it; an annotation that is missing was refused, or removed by somebody.</summary>
    private Facts.Pod TargetOf(Cluster.Pod pod, Recovery recovery)
    {
        var (facts, labelled) = (PodFacts.Of(pod), PodPatches.IsLabelledBy(pod, recovery));
        return facts with
        {
            Quarantined = labelled,
            DetachedAt = labelled ? facts.DetachedAt : null,
            // Anybody may name a system class in a pod, and would then not be isolated before a person says so.
            Critical = facts.Critical && options.CriticalNamespaces.Contains(pod.Metadata.NamespaceProperty),
        };
    }

    private Task<(bool Present, QuarantineProblem? Problem)> QuarantineAsync(string ns, RecoverySettings settings, PassMemory memory, CancellationToken cancellation) =>
        !settings.DenyNetwork ? Task.FromResult<(bool, QuarantineProblem?)>((true, null))
        // What was refused in this pass is not asked for again in it.
        : memory.QuarantineProblem is { } problem ? Task.FromResult<(bool, QuarantineProblem?)>((false, problem))
        : quarantines.ReadAsync(ns, cancellation);

    private static Episode EpisodeOf(Recovery recovery, RecoverySettings settings, OwnerKind owner) => new()
    {
        Name = ObjectKey.Of(recovery.Metadata).ToString(),
        Settings = settings,
        TargetName = recovery.Spec.Target.Name,
        TargetUid = recovery.Spec.Target.Uid,
        Policy = recovery.Spec.Policy.Display(),
        Owner = owner,
        OwnerName = recovery.Spec.Target.Workload is { } w
            ? owner == OwnerKind.Other ? $"{w.Kind} {w.Name}" : w.Name
            : "",
        YoungSiblings = recovery.Spec.Target.YoungSiblings,
        Cancelled = recovery.Spec.Cancelled,
        Approval = recovery.Spec.Approval is { } a
            ? new(a.Decision == ApprovalDecision.Approved, a.PlanHash, a.By)
            : null,
    };

    private static OwnerKind OwnerOf(WorkloadReference? workload) => workload switch
    {
        null => OwnerKind.None,
        { Kind: "Deployment", ApiVersion: "apps/v1" } => OwnerKind.Deployment,
        { Kind: "ReplicaSet", ApiVersion: "apps/v1" } => OwnerKind.ReplicaSet,
        { Kind: "StatefulSet", ApiVersion: "apps/v1" } => OwnerKind.StatefulSet,
        { Kind: "DaemonSet", ApiVersion: "apps/v1" } => OwnerKind.DaemonSet,
        { Kind: "Job", ApiVersion: "batch/v1" } => OwnerKind.Job,
        { Kind: "CronJob", ApiVersion: "batch/v1" } => OwnerKind.CronJob,
        { Kind: "Node" } => OwnerKind.Node,
        _ => OwnerKind.Other,
    };

    private async Task<TrustDecision> TrustForAsync(RecoverySettings settings, Progress progress, CancellationToken cancellation)
    {
        var revoked = cache.ImageRevocationLists.Store.All.SelectMany(l => l.Spec.Revoked.Keys).ToHashSet();
        if (progress is { Path: PinPath.ByAdmission, Condemned.Count: > 0 })
            revoked.UnionWith(await revocations.RevokedAsync(cancellation));
        return new TrustDecision([.. cache.TrustedImages.Store.All.Select(DomainMapping.ToRepository)], revoked, settings.Require)
            .Keeping(progress.Images.Select(i => ImageReference.Parse(i.Image)));
    }

    /// <param name="leaving">A pod of the workload, the target while it is one: a budget selects them all by the labels they share.</param>
    /// <param name="quarantine">Whether the NetworkPolicy is there that the target needs.</param>
    private async Task<Surroundings> SurroundingsAsync(Recovery recovery, RecoverySettings settings, Cluster.Pod? pod, Cluster.Pod? leaving, (bool Present, QuarantineProblem? Problem) quarantine, PassMemory memory, CancellationToken cancellation)
    {
        var ns = recovery.Spec.Target.Namespace;
        var deny = settings.DenyNetwork ? await isolation.DenyAsync(cancellation) : null;
        return new Surroundings
        {
            ClusterDeny = deny?.Display,
            ClusterDenyEffect = deny?.Effect,
            ClusterDenyOnlyPods = deny is { Dialect.OnlyPods: true },
            ProtectedBecause = ns == options.Namespace ? $"{ns} is the operator's own namespace"
                : options.ProtectedNamespaces.Contains(ns) ? $"namespace {ns} is protected by the operator's configuration"
                : null,
            SupersededBy = authority.Above(recovery) is { } above ? ObjectKey.Of(above.Metadata).ToString() : null,
            QuarantinePolicyPresent = quarantine.Present,
            QuarantinePolicyProblem = quarantine.Problem,
            AllowedByOthers = pod is null || !settings.DenyNetwork ? AllowedTraffic.None : NetworkPolicies.Beside(deny, NetworkPolicies.In(cache, ns).Of(pod.Metadata.Labels)),
            BlockingDisruptionBudget = leaving is null ? null : cache.DisruptionBudgets.Store.All.FirstOrDefault(b =>
                b.Metadata.NamespaceProperty == ns && b.Status.DisruptionsAllowed == 0
                // One whose selector was too large for the cache may select the pod.
                && (b.Metadata.IsTruncated() || b.Spec.Selector?.Matches(leaving.Metadata.Labels) is true))?.Metadata.Name,
            Node = settings.CordonNode && (pod?.Spec.NodeName ?? recovery.Spec.Target.Node) is { } node
                ? await NodeFacts.OfAsync(cache, access, options, recovery, node, settings.DrainNode && recovery.Status?.Progress?.DrainStartedAt is not null ? memory.Held : null, cancellation)
                : null,
            TemplatesUnwritable = recovery.Spec.Target.Workload is { } workload && OwnerOf(workload) == OwnerKind.Other
                ? await others.UnwritableAsync(workload, ns, cancellation)
                : await access.AllowsAsync(OptionalRole.WorkloadWrites, ns, cancellation) ? null : OptionalRole.WorkloadWrites.Missing,
        };
    }

    /// <summary>Findings that a recovery took, about pods which this one put there, even if they are detached or gone by now.</summary>
    private List<string> FindingsOnReplacements(Recovery recovery) =>
        recovery.Status?.Progress?.SoakStartedAt is null ? [] :
        [
            .. from replacement in recovery.Status.Replacements
               from finding in cache.SecurityFindings.Store.ByIndex(ClusterCache.ByPod, replacement.Uid)
               where finding.Status?.State == FindingState.Matched
               select finding.Spec.Rule,
        ];
}
