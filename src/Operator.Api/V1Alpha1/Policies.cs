using k8s;
using k8s.Models;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>A team's rule for its own namespace: which findings on which pods lead to which recovery. It can name nothing outside its namespace and no node action.</summary>
[Resource("recoverypolicies", "rp")]
[PrinterColumn("Mode", "string", ".spec.mode")]
[PrinterColumn("Pods", "integer", ".status.coverage.pods")]
[PrinterColumn("Trusted", "integer", ".status.coverage.trusted")]
[PrinterColumn("Covered", "string", ".status.conditions[?(@.type==\"Covered\")].status")]
[PrinterColumn("Breaker", "string", ".status.breaker.state")]
[PrinterColumn("Active", "integer", ".status.recoveries.active")]
[PrinterColumn("Blocked", "integer", ".status.recoveries.blocked")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed record RecoveryPolicy : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(RecoveryPolicy);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What the team wants.</summary>
    public required RecoveryPolicySpec Spec { get; set; }

    /// <summary>What the policy would do, and how its recoveries stand. Written by the operator.</summary>
    public PolicyStatus? Status { get; set; }
}

/// <summary>The platform's rule: the same, with a namespace selector and node actions. It wins over a RecoveryPolicy on the same pod.</summary>
[Resource("clusterrecoverypolicies", "crp", Namespaced = false)]
[PrinterColumn("Mode", "string", ".spec.mode")]
[PrinterColumn("Node", "string", ".spec.contain.node")]
[PrinterColumn("Pods", "integer", ".status.coverage.pods")]
[PrinterColumn("Trusted", "integer", ".status.coverage.trusted")]
[PrinterColumn("Covered", "string", ".status.conditions[?(@.type==\"Covered\")].status")]
[PrinterColumn("Breaker", "string", ".status.breaker.state")]
[PrinterColumn("Active", "integer", ".status.recoveries.active")]
[PrinterColumn("Blocked", "integer", ".status.recoveries.blocked")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed record ClusterRecoveryPolicy : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(ClusterRecoveryPolicy);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What the platform wants.</summary>
    public required ClusterRecoveryPolicySpec Spec { get; set; }

    /// <summary>What the policy would do, and how its recoveries stand. Written by the operator.</summary>
    public PolicyStatus? Status { get; set; }
}

/// <summary>What both kinds of policy say alike.</summary>
public abstract record PolicySpec
{
    /// <summary>How far a recovery goes by itself.</summary>
    public RecoveryMode Mode { get; set; } = RecoveryMode.Observe;

    /// <summary>Among policies of the same kind that match, the highest wins; then the older one, then the first by name.</summary>
    [Number(0, 1000)]
    public int Priority { get; set; }

    /// <summary>Which findings on which pods.</summary>
    public required PolicyMatch Match { get; set; }

    /// <summary>What is kept of a pod before it goes.</summary>
    public EvidenceSpec Evidence { get; set; } = new();

    /// <summary>How a compromised pod is replaced.</summary>
    public ReplaceSpec Replace { get; set; } = new();

    /// <summary>When a replacement counts as verified.</summary>
    public VerifySpec Verify { get; set; } = new();

    /// <summary>How much may happen at once.</summary>
    public LimitsSpec Limits { get; set; } = new();

    /// <summary>When recovering again helps nobody.</summary>
    public EscalateSpec Escalate { get; set; } = new();
}

/// <summary>The rule of one namespace.</summary>
public sealed record RecoveryPolicySpec : PolicySpec
{
    /// <summary>How a compromised pod is isolated.</summary>
    public ContainSpec Contain { get; set; } = new();

    /// <summary>Which images may make the next pod.</summary>
    public TrustSpec Trust { get; set; } = new();
}

/// <summary>The rule of the platform.</summary>
public sealed record ClusterRecoveryPolicySpec : PolicySpec
{
    /// <summary>The namespaces that this policy covers; all of them when it is absent or empty.</summary>
    public PodSelector? NamespaceSelector { get; set; }

    /// <summary>How a compromised pod and its node are isolated.</summary>
    public ClusterContainSpec Contain { get; set; } = new();

    /// <summary>Which images may make the next pod, and which may nowhere.</summary>
    public ClusterTrustSpec Trust { get; set; } = new();
}

/// <summary>What a policy would do, and how its recoveries stand.</summary>
public sealed record PolicyStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long ObservedGeneration { get; set; }

    /// <summary>Ready, Reconciling, Stalled; Covered says whether every selected pod could be rebuilt from a trusted digest; Isolable whether each would be isolated completely in quarantine; BreakerOpen whether replacements are held back.</summary>
    [ListMap("type")]
    [Bounds(Most = 16)]
    public List<StatusCondition> Conditions { get; set; } = [];

    /// <summary>What it covers now.</summary>
    public PolicyCoverage? Coverage { get; set; }

    /// <summary>The breaker in front of its replacements.</summary>
    public BreakerStatus? Breaker { get; set; }

    /// <summary>Its recoveries now.</summary>
    public RecoveryCounts? Recoveries { get; set; }

    /// <summary>
    /// The latest recoveries that are not archived, by the namespace of their targets: at most 20 namespaces, those with the latest recoveries.
    /// </summary>
    [ListMap("namespace")]
    [Bounds(Most = 20)]
    public List<NamespaceRecoveries> Latest { get; set; } = [];
}

/// <summary>What a policy covers, so that nobody learns during an attack that it cannot help.</summary>
public sealed record PolicyCoverage
{
    /// <summary>Running pods that it selects, outside of protected namespaces, in which nothing would be done.</summary>
    public int Pods { get; set; }

    /// <summary>Pods of which every image has exactly one digest to go to.</summary>
    public int Trusted { get; set; }

    /// <summary>
    /// Pods of which it is not known what they run: the runtime reports no manifest's digest and the pod names none, as with some
    /// versions of CRI-O. They are replaced only when they are accused themselves. Counted apart from the trusted ones.
    /// </summary>
    public int Unknown { get; set; }

    /// <summary>Images of selected pods for which no trusted digest is listed, at most 50.</summary>
    [Bounds(Most = 50, MostItemLength = 512)]
    public List<string> Missing { get; set; } = [];

    /// <summary>Pods that would not be isolated completely in quarantine: other NetworkPolicies would go on to allow their traffic, or they use their node's network.</summary>
    public int NotIsolated { get; set; }

    /// <summary>Those of them that would not be isolated completely either once they were detached, which takes all labels but ours.</summary>
    public int NotIsolatedDetached { get; set; }

    /// <summary>The NetworkPolicies, as namespace/name, that would allow traffic of quarantined pods with the labels that they have, at most 50.</summary>
    [Bounds(Most = 50, MostItemLength = 317)]
    public List<string> AllowedBy { get; set; } = [];

    /// <summary>The NetworkPolicies, as namespace/name, that would allow traffic of detached pods, too, at most 50.</summary>
    [Bounds(Most = 50, MostItemLength = 317)]
    public List<string> AllowedDetachedBy { get; set; } = [];

    /// <summary>Pods in namespaces where tags are pinned at admission.</summary>
    public int PinnedAtAdmission { get; set; }

    /// <summary>Which of the shipped admission policies are in force.</summary>
    [ListMap]
    [Bounds(Most = 16)]
    public List<AdmissionPolicyName> Admission { get; set; } = [];

    /// <summary>Which are not, and why, at most 16.</summary>
    [Bounds(Most = 16, MostItemLength = 512)]
    public List<string> AdmissionMissing { get; set; } = [];
}

/// <summary>The breaker in front of a policy's replacements.</summary>
public sealed record BreakerStatus
{
    /// <summary>Closed lets replacements pass, Open holds them back: in the namespaces that are listed, or in all.</summary>
    public string State { get; set; } = "Closed";

    /// <summary>When it opened.</summary>
    public DateTimeOffset? OpenedAt { get; set; }

    /// <summary>When it closes by itself.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Why it opened.</summary>
    public string? Reason { get; set; }

    /// <summary>Replacements that started within the last hour in all namespaces, and since the breaker was last reset.</summary>
    public int StartedLastHour { get; set; }

    /// <summary>The breaker of the whole policy is open, not only those of `namespaces`.</summary>
    public bool ForAllNamespaces { get; set; }

    /// <summary>The namespaces in which replacements are held back, at most 50; the others go on.</summary>
    [ListMap("namespace")]
    [Bounds(Most = 50)]
    public List<NamespaceBreaker> Namespaces { get; set; } = [];
}

/// <summary>The open breaker of one namespace.</summary>
public sealed record NamespaceBreaker
{
    /// <summary>The namespace.</summary>
    [Bounds(Most = 63)]
    public required string Namespace { get; set; }

    /// <summary>When it opened.</summary>
    public required DateTimeOffset OpenedAt { get; set; }

    /// <summary>When it closes by itself.</summary>
    public required DateTimeOffset Until { get; set; }
}

/// <summary>The latest recoveries of a policy whose targets are in one namespace.</summary>
public sealed record NamespaceRecoveries
{
    /// <summary>The namespace of the targets.</summary>
    [Bounds(Least = 1, Most = 63)]
    public required string Namespace { get; set; }

    /// <summary>The latest first, at most 5.</summary>
    [Bounds(Most = 5)]
    public List<LatestRecovery> Recoveries { get; set; } = [];
}

/// <summary>What became of one pod.</summary>
public sealed record LatestRecovery
{
    /// <summary>The pod.</summary>
    [Bounds(Least = 1, Most = 253)]
    public required string Pod { get; set; }

    /// <summary>The Recovery, which is in the operator's namespace for a ClusterRecoveryPolicy and in the policy's own for a RecoveryPolicy.</summary>
    [Bounds(Least = 1, Most = 253)]
    public required string Recovery { get; set; }

    /// <summary>Its phase, as in the Recovery's status.</summary>
    [Bounds(Most = 64)]
    public string Phase { get; set; } = "Pending";

    /// <summary>Its reason, as in the Recovery's status.</summary>
    [Bounds(Most = 128)]
    public string? Reason { get; set; }

    /// <summary>When it was opened.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended; absent while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>How many recoveries of a policy stand where.</summary>
public sealed record RecoveryCounts
{
    /// <summary>Not ended.</summary>
    public int Active { get; set; }

    /// <summary>Waiting for approval or for a limit.</summary>
    public int Waiting { get; set; }

    /// <summary>Contained, and waiting for a person or for something to change.</summary>
    public int Blocked { get; set; }
}

/// <summary>A condition, as in meta/v1.</summary>
public sealed record StatusCondition
{
    /// <summary>What it is about.</summary>
    [Bounds(Least = 1, Most = 316)]
    public required string Type { get; set; }

    /// <summary>True, False or Unknown.</summary>
    [Bounds(Pattern = "^(True|False|Unknown)$")]
    public required string Status { get; set; }

    /// <summary>The generation that it was judged on.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset LastTransitionTime { get; set; }

    /// <summary>A word for programs.</summary>
    [Bounds(Least = 1, Most = 1024)]
    public required string Reason { get; set; }

    /// <summary>A sentence for people.</summary>
    [Bounds(Most = 4096)]
    public string Message { get; set; } = "";
}
