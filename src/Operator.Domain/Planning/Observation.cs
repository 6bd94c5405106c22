using Operator.Domain.Isolation;
using Operator.Domain.Trust;

namespace Operator.Domain.Planning;

/// <summary>
/// Everything that one decision needs, seen afresh. Nothing in it is remembered from an earlier pass except <see cref="Progress"/>,
/// which holds only what cannot be observed again.
/// </summary>
public sealed record Observation
{
    public required DateTimeOffset Now { get; init; }
    public required Episode Episode { get; init; }
    public required Progress Progress { get; init; }
    public required TrustDecision Trust { get; init; }

    /// <summary>The target by its UID, read live; null once it is gone.</summary>
    public Pod? Target { get; init; }

    /// <summary>The workload that owns the target; null when it is gone or not known.</summary>
    public Workload? Workload { get; init; }

    /// <summary>Why nothing is known of what owns the target; null where it is known or gone.</summary>
    public string? WorkloadUnknown { get; init; }

    /// <summary>Pods that the workload owns, terminating ones included, the target too while it is not detached.</summary>
    public IReadOnlyList<Pod> Pods { get; init; } = [];

    /// <summary>Siblings that this recovery has detached, and that are still there.</summary>
    public IReadOnlyList<Pod> Released { get; init; } = [];

    public Surroundings Surroundings { get; init; } = new();
    public AdmissionOffer Admission { get; init; } = AdmissionOffer.None;
    public Usage Usage { get; init; } = new();
    public bool EvidenceCaptured { get; init; }

    /// <summary>Rules of findings that fired on the pods which this recovery had recorded as replacements.</summary>
    public IReadOnlyList<string> FindingsOnReplacements { get; init; } = [];

    public History History { get; init; } = new();

    /// <summary>Whether the replacement has begun: its intent is written, or the target is already detached.</summary>
    public bool Started => Progress.ReplacementStartedAt is not null || Target?.DetachedAt is not null;

    /// <summary>Pods that serve or will: not terminating, not finished.</summary>
    public IEnumerable<Pod> ActivePods => Pods.Where(p => !p.Terminating && !p.Finished);

    /// <summary>
    /// Pods that took the place of a removed one. Siblings that were there before are none: a finding on them is a wave that
    /// had hit them too, not a new compromise. Creation times are whole seconds by another clock, so young siblings are known by
    /// their UIDs; where no pod fits, all may.
    /// </summary>
    public IReadOnlyList<Pod> Replacements
    {
        get
        {
            var pods = ActivePods.Where(p => p.Uid != Episode.TargetUid).ToList();
            if (Progress.ReplacementStartedAt is not { } started)
                return pods;
            var since = started - TimeSpan.FromTicks(started.Ticks % TimeSpan.TicksPerSecond);
            return pods.Where(p => (p.CreatedAt is null || p.CreatedAt >= since) && !Episode.YoungSiblings.Contains(p.Uid)).ToList() is { Count: > 0 } later ? later : pods;
        }
    }

    /// <summary>What is known of the images that a pod runs, each judged by the repository of the template that made the pod.</summary>
    public TrustVerdict Judge(Pod pod) =>
        Workload is null ? TrustVerdict.Unknown : Workload.TemplateOf(pod).Select(t => Judge(pod, t)).Worst();

    /// <summary>A container that the pod does not have runs nothing.</summary>
    public TrustVerdict Judge(Pod pod, TemplateContainer container) =>
        container.IsVolume ? Trust.JudgeVolume(ImageReference.Parse(container.Image)) is TrustVerdict.Untrusted ? TrustVerdict.Untrusted : TrustVerdict.Trusted
        : pod.Containers.FirstOrDefault(c => c.Name == container.Name) is { } c ? Trust.Judge(ImageReference.Parse(container.Image), ImageReference.Parse(c.Image), c.ImageId)
        : TrustVerdict.Unknown;

    /// <summary>Every container names a digest that may run, and no volume mounts one that must not. What a volume mounts by its tag is told, not judged.</summary>
    public bool Trusts(IReadOnlyList<TemplateContainer> template) => template.All(Trusts);

    /// <inheritdoc cref="Trusts(IReadOnlyList{TemplateContainer})"/>
    public bool Trusts(TemplateContainer container) => ImageReference.Parse(container.Image) is var image
        && (container.IsVolume ? Trust.JudgeVolume(image) is not TrustVerdict.Untrusted : Trust.Trusts(image));
}

/// <summary>Which recovery this is, and what people said.</summary>
public sealed record Episode
{
    public required string Name { get; init; }
    public required RecoverySettings Settings { get; init; }
    public required string TargetName { get; init; }
    public required string TargetUid { get; init; }
    public required string Policy { get; init; }
    public required OwnerKind Owner { get; init; }
    public string OwnerName { get; init; } = "";

    /// <summary>UIDs of pods of the workload that were just as young when the episode began.</summary>
    public IReadOnlyCollection<string> YoungSiblings { get; init; } = [];
    public bool Cancelled { get; init; }
    public Approval? Approval { get; init; }

    /// <summary>What checks now who approves; null where nothing does.</summary>
    public string? ApprovalChecker { get; init; }

    /// <summary>Why nothing does.</summary>
    public string? WhyUnchecked { get; init; }

    /// <summary>Why a finding made by hand may have been made by who approves.</summary>
    public string? DoubtfulFinding { get; init; }

    /// <summary>Whether an approval counts that nothing has checked.</summary>
    public bool UncheckedApprovalsAllowed { get; init; }
}

public enum OwnerKind
{
    None,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Other,
    Node,
}

public sealed record Approval(bool Approved, string? PlanHash, string? By);

/// <summary>What cannot be observed again.</summary>
public sealed record Progress
{
    public PinPath? Path { get; init; }
    public IReadOnlyList<PinnedImage> Images { get; init; } = [];

    /// <summary>Images by digest that ran untrusted, and that admission is to refuse.</summary>
    public IReadOnlyList<string> Condemned { get; init; } = [];
    public DateTimeOffset? ReplacementStartedAt { get; init; }

    /// <summary>Pods that this recovery takes out, each recorded before it is.</summary>
    public IReadOnlyList<RemovedPod> Removals { get; init; } = [];
    public DateTimeOffset? SoakStartedAt { get; init; }

    /// <summary>When other images or another path were decided on after the start, or a template pinned once more: pods made before are siblings like any other.</summary>
    public DateTimeOffset? DecidedAgainAt { get; init; }
    public int NetworkPolicyRestored { get; init; }

    /// <summary>When this recovery installed the quarantine NetworkPolicy last, at first or again.</summary>
    public DateTimeOffset? NetworkPolicyInstalledAt { get; init; }

    /// <summary>How often its workload's template was pinned: more than once where somebody puts the old image back.</summary>
    public int Pins { get; init; }
    public DateTimeOffset? BudgetBlockedSince { get; init; }
    public DateTimeOffset? DrainStartedAt { get; init; }
    public DateTimeOffset? NodeDrainedAt { get; init; }

    /// <summary>The cordon was lifted, because the replacement found no other node.</summary>
    public bool CordonYielded { get; init; }
    public DateTimeOffset? ApprovalAwaitedSince { get; init; }

    /// <summary>What checked who approves, when there was no approval yet.</summary>
    public string? ApprovalChecker { get; init; }
}

/// <summary>How the next pod becomes trusted.</summary>
public enum PinPath
{
    /// <summary>Its template already names trusted digests.</summary>
    AlreadyTrusted,

    /// <summary>Admission turns its tag into a trusted digest and refuses what ran untrusted. No template changes.</summary>
    ByAdmission,

    /// <summary>Deployment and current ReplicaSet get the same pinned images while the Deployment is paused: one new pod, no rollout.</summary>
    InPlace,

    /// <summary>The workload's template is pinned and rolls out.</summary>
    Rollout,
}

public sealed record RemovedPod(string Uid, DateTimeOffset At);

public sealed record PinnedImage(string Container, string Image, string TrustedBy);

/// <summary>A pod, as far as recovery is concerned.</summary>
public sealed record Pod
{
    public required string Name { get; init; }
    public required string Uid { get; init; }
    public string ResourceVersion { get; init; } = "";
    public string? Node { get; init; }
    public string? ReplicaSet { get; init; }
    public string? Job { get; init; }

    /// <summary>Its number among the pods of a StatefulSet.</summary>
    public int? Ordinal { get; init; }
    public bool Ready { get; init; }
    public bool Finished { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Its deletionTimestamp: when its grace is over.</summary>
    public DateTimeOffset? TerminatingSince { get; init; }
    public IReadOnlyList<string> Finalizers { get; init; } = [];
    public bool Quarantined { get; init; }
    public DateTimeOffset? ContainedAt { get; init; }
    public DateTimeOffset? DetachedAt { get; init; }
    public DateTimeOffset? RetainUntil { get; init; }
    public bool FirstInRollout { get; init; }
    public bool HostNetwork { get; init; }

    /// <summary>It holds something its replacement needs: a host port, a volume that attaches once.</summary>
    public bool HoldsExclusively { get; init; }

    public bool Critical { get; init; }

    /// <summary>What replacing it does not undo, in words.</summary>
    public IReadOnlyList<string> Exposure { get; init; } = [];
    public IReadOnlyList<Container> Containers { get; init; } = [];

    /// <summary>Volumes that mount the content of an image, by name and reference.</summary>
    public IReadOnlyList<(string Name, string Image)> ImageVolumes { get; init; } = [];

    /// <summary>What the scheduler, the kubelet or the runtime complains of, as (reason, message).</summary>
    public (string Reason, string Message)? Problem { get; init; }

    public bool Terminating => TerminatingSince is not null;
}

public sealed record Container(string Name, string Image, string? ImageId);

/// <summary>What stands around the target.</summary>
public sealed record Surroundings
{
    /// <summary>Why the target must not be touched; null when it may be.</summary>
    public string? ProtectedBecause { get; init; }

    /// <summary>The platform's recovery that has the same pod; null for a recovery of the platform, and where there is none.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>The namespace's quarantine NetworkPolicy is there and denies all traffic of quarantined pods, as a live read says.</summary>
    public bool QuarantinePolicyPresent { get; init; }

    /// <summary>Why nothing is known of that NetworkPolicy, or why it was refused, a moment ago; null where neither happened. It is no absence.</summary>
    public QuarantineProblem? QuarantinePolicyProblem { get; init; }

    /// <summary>What other NetworkPolicies let through of the target, by the labels that it has, and the cluster-wide object does not deny.</summary>
    public AllowedTraffic AllowedByOthers { get; init; } = AllowedTraffic.None;

    /// <summary>The cluster-wide object in force that denies quarantined pods all traffic and that nothing overrides; null without one.</summary>
    public string? ClusterDeny { get; init; }

    /// <summary>What that object does to open connections and what it cannot deny, in words; null without one.</summary>
    public string? ClusterDenyEffect { get; init; }

    /// <summary>Its ingress rules select pods alone: a NetworkPolicy beside it denies what comes from nodes and from outside the cluster.</summary>
    public bool ClusterDenyOnlyPods { get; init; }

    /// <summary>A budget that allows no disruption now of the pod that is to go.</summary>
    public string? BlockingDisruptionBudget { get; init; }

    public Node? Node { get; init; }

    /// <summary>Why the template of its workload must be left as they are; null when they may be written.</summary>
    public string? TemplatesUnwritable { get; init; }
}

/// <summary>What kept the quarantine NetworkPolicy from being read or installed.</summary>
/// <param name="Why">The server's words.</param>
/// <param name="Refused">It is not there and was refused; otherwise nothing is known.</param>
/// <param name="RetryAfter">Not before this time has passed, where the server said so.</param>
public sealed record QuarantineProblem(string Why, bool Refused, TimeSpan? RetryAfter = null);

/// <summary>The target's node, and how many others there are.</summary>
public sealed record Node
{
    public required string Name { get; init; }

    /// <summary>Why nothing is known of it and nothing done about it; null when both may be.</summary>
    public string? Forbidden { get; init; }
    public bool Unschedulable { get; init; }

    /// <summary>Recoveries hold it cordoned; nobody else did before.</summary>
    public bool HeldByRecoveries { get; init; }
    public bool HeldByThis { get; init; }
    public int OtherSchedulable { get; init; }
    public int CordonedByRecoveries { get; init; }
    public int MaxCordoned { get; init; }

    /// <summary>Where it is to be drained: the pods that are to leave it.</summary>
    public IReadOnlyList<NodePod> Pods { get; init; } = [];

    /// <summary>The pods that stay, in words.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];
}

/// <summary>A pod that is to leave its node.</summary>
/// <param name="HeldBy">Why its eviction was refused a moment ago; null where it was not asked for.</param>
public sealed record NodePod(string Namespace, string Name, string Uid, bool Leaving, string? HeldBy);

/// <summary>What the other recoveries use up.</summary>
public sealed record Usage
{
    /// <summary>When pods of this namespace were contained, the latest ones.</summary>
    public IReadOnlyList<DateTimeOffset> ContainedInNamespace { get; init; } = [];

    /// <summary>When pods of this namespace were taken out under this policy within the last hour, since its breaker was last reset.</summary>
    public IReadOnlyList<DateTimeOffset> RemovalsInHour { get; init; } = [];

    /// <summary>The same for pods of all namespaces.</summary>
    public IReadOnlyList<DateTimeOffset> RemovalsOfPolicyInHour { get; init; } = [];

    public int InFlightOfPolicy { get; init; }

    /// <summary>Why this namespace gets none of the policy's free slots now: others wait for them.</summary>
    public Decision.Wait? PolicyTurn { get; init; }

    /// <summary>The same of the cluster's free slots.</summary>
    public Decision.Wait? ClusterTurn { get; init; }

    /// <summary>Another recovery that drains a node.</summary>
    public string? OtherDraining { get; init; }

    public int InFlightInCluster { get; init; }
    public int MaxInFlightInCluster { get; init; } = int.MaxValue;
    public string? OtherOnWorkload { get; init; }

    /// <summary>Until when the breaker of this namespace, or that of the whole policy, is open; null when both are closed.</summary>
    public DateTimeOffset? BreakerOpenUntil { get; init; }
}

/// <summary>Earlier episodes of the same workload.</summary>
public sealed record History
{
    /// <summary>Recompromised within the policy's time.</summary>
    public int Recompromised { get; init; }

    /// <summary>A rule that fired on a pod which an earlier episode had put there from a trusted digest.</summary>
    public string? RuleFiredAgain { get; init; }
}
