using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>How a compromised pod is isolated.</summary>
public record ContainSpec
{
    /// <summary>What becomes of its network.</summary>
    public NetworkContainment Network { get; set; } = NetworkContainment.DenyAll;

    /// <summary>What becomes of connections that it has open already: isolation ends them with some network plugins, the end of the pod with all.</summary>
    public ConnectionContainment Connections { get; set; } = ConnectionContainment.MayContinue;
}

/// <summary>How a compromised pod and its node are isolated.</summary>
public sealed record ClusterContainSpec : ContainSpec
{
    /// <summary>What becomes of its node.</summary>
    public NodeContainment Node { get; set; } = NodeContainment.None;
}

/// <summary>What is kept of a pod before it goes. Evidence never delays containment.</summary>
public sealed record EvidenceSpec
{
    /// <summary>The logs of its containers.</summary>
    public LogEvidence Logs { get; set; } = new();

    /// <summary>How long the replacement waits for evidence at most: a compromised pod must not live on for its evidence.</summary>
    [Lasts("0s", "60s")]
    public KubeDuration Deadline { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>How much of the logs is kept.</summary>
public sealed record LogEvidence
{
    /// <summary>Lines from the end of each container's log; 0 keeps none.</summary>
    [Number(0, 100_000)]
    public int TailLines { get; set; } = 2000;
}

/// <summary>How a compromised pod is replaced.</summary>
public sealed record ReplaceSpec
{
    /// <summary>Where an untrusted image is replaced by a trusted digest.</summary>
    public PinMode Pin { get; set; } = PinMode.Auto;

    /// <summary>What becomes of a workload that Argo CD, Flux or Helm writes from a source of its own.</summary>
    public GitOpsMode GitOps { get; set; } = GitOpsMode.Pin;

    /// <summary>How long the isolated original is kept for forensics, where its owner lets it go. Connections that it had open may go on meanwhile, depending on the network plugin; with `contain.connections: MustEnd` it is not kept. While it is kept, so is its service-account token.</summary>
    [Lasts("0s", "168h")]
    public KubeDuration RetainOriginalFor { get; set; } = TimeSpan.Zero;

    /// <summary>Seconds between asking the compromised pod to stop and killing it. At least 1, so that the kubelet confirms that its containers are gone.</summary>
    [Number(1, 300)]
    public int GracePeriodSeconds { get; set; } = 1;

    /// <summary>What PodDisruptionBudgets mean for a replacement.</summary>
    public DisruptionBudgetSpec DisruptionBudgets { get; set; } = new();

    /// <summary>Replacements that wait for a person even in mode Recover.</summary>
    [ListMap]
    [Bounds(Most = 2)]
    public List<ApprovalCase> Approval { get; set; } = [ApprovalCase.DaemonSet, ApprovalCase.LastReadyPod];
}

/// <summary>What PodDisruptionBudgets mean for a replacement.</summary>
public sealed record DisruptionBudgetSpec
{
    /// <summary>Wait while a budget allows no disruption of a healthy pod.</summary>
    public bool Respect { get; set; } = true;

    /// <summary>Go on after waiting this long, and say so in the record: a compromised pod is usually Ready, so a budget can block for ever.</summary>
    [Lasts("0s", "24h")]
    public KubeDuration OverrideAfter { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>Which images may make the next pod.</summary>
public record TrustSpec
{
    /// <summary>What is asked of an image.</summary>
    public TrustRequirement Require { get; set; } = TrustRequirement.Listed;
}

/// <summary>Which images may make the next pod, and which may nowhere.</summary>
[Rule("!has(self.revoke) || self.revoke == 'Never' || self.require == 'Listed'", "revoke: OnRecovery needs require: Listed, so that what people list is told from what they do not")]
public sealed record ClusterTrustSpec : TrustSpec
{
    /// <summary>Whether a recovery that pins at admission revokes the digests that ran untrusted in its target, for the whole cluster. Never one that a TrustedImage lists, and never for a finding made by hand. Whoever can forge findings can have unlisted digests revoked that others still run.</summary>
    public RevocationMode Revoke { get; set; } = RevocationMode.Never;
}

/// <summary>When a replacement counts as verified.</summary>
public sealed record VerifySpec
{
    /// <summary>How long replacing may take before a person is asked.</summary>
    [Lasts("1s", "24h")]
    public KubeDuration Deadline { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the replacement must live without a new finding.</summary>
    [Lasts("0s", "24h")]
    public KubeDuration Soak { get; set; } = TimeSpan.FromMinutes(2);
}

/// <summary>Two budgets: containment is reversible and loose, replacement is destructive and strict.</summary>
public sealed record LimitsSpec
{
    /// <summary>The budget of containment.</summary>
    public ContainLimits Contain { get; set; } = new();

    /// <summary>The budget of replacement, behind the breaker.</summary>
    public ReplaceLimits Replace { get; set; } = new();
}

/// <summary>The budget of containment, loose so that decoys cannot blind it.</summary>
public sealed record ContainLimits
{
    /// <summary>Pods contained in one namespace within `per`.</summary>
    [Number(1, 10_000)]
    public int MaxPerNamespace { get; set; } = 50;

    /// <summary>The sliding window of `maxPerNamespace`.</summary>
    [Lasts("1s", "24h")]
    public KubeDuration Per { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>The budget of replacement, strict so that forged findings cannot drain a cluster.</summary>
public sealed record ReplaceLimits
{
    /// <summary>Replacements of this policy in flight at once. What is blocked, waits for approval or soaks is not in flight. While other namespaces wait, one namespace holds at most half of them, and at least one.</summary>
    [Number(1, 1000)]
    public int MaxConcurrent { get; set; } = 3;

    /// <summary>Pods of one workload that may be unavailable, as a number or a share that is rounded up; at least one.</summary>
    [Number(0, 100_000)]
    public CountOrPercent MaxUnavailable { get; set; } = new(25, true);

    /// <summary>Replacements of this policy in one namespace within a sliding hour. One more than that opens the breaker of that namespace. Four times as many in all namespaces together open the breaker of the whole policy.</summary>
    [Number(1, 10_000)]
    public int MaxPerHour { get; set; } = 20;

    /// <summary>How long an open breaker holds replacements back at least, and how soon the same pod may be recovered again after a recovery ended.</summary>
    [Lasts("0s", "24h")]
    public KubeDuration Cooldown { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>When the same workload is compromised again and again, replacing it again helps nobody.</summary>
public sealed record EscalateSpec
{
    /// <summary>Recompromised recoveries of one workload after which the next one waits for a person.</summary>
    [Number(1, 100)]
    public int After { get; set; } = 3;

    /// <summary>The time within which they count.</summary>
    [Lasts("1m", "168h")]
    public KubeDuration Within { get; set; } = TimeSpan.FromHours(1);
}
