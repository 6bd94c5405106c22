using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>One episode of recovering one target, and its audit record. Its place is its authority: that of a ClusterRecoveryPolicy is in the operator's namespace, that of a RecoveryPolicy in the policy's namespace. The label immutablerecovery.io/target-namespace names the namespace of the target.</summary>
[Resource("recoveries", "rec")]
[Rule("has(oldSelf.spec.approval) || !has(self.spec.approval) || self.spec.approval.decision != 'Approved' || (has(self.status) && has(self.status.plan) && has(self.spec.approval.planHash) && self.spec.approval.planHash == self.status.plan.hash)", "planHash must be the hash of the plan that status.plan shows: read it, then approve it")]
[PrinterColumn("TargetNamespace", "string", ".spec.target.namespace")]
[PrinterColumn("Pod", "string", ".spec.target.name")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Reason", "string", ".status.reason")]
[PrinterColumn("Contained", "string", ".status.timeToContain")]
[PrinterColumn("Recovered", "string", ".status.timeToRecover")]
[PrinterColumn("Policy", "string", ".spec.policy.name", Priority = 1)]
[PrinterColumn("Message", "string", ".status.message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[SelectableField(".status.archived")]
public sealed record Recovery : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(Recovery);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What is recovered, by which policy. People change `approval` and `cancelled` only.</summary>
    public required RecoverySpec Spec { get; set; }

    /// <summary>What happened. Written by the operator.</summary>
    public RecoveryStatus? Status { get; set; }
}

/// <summary>What is recovered, by which policy.</summary>
[Rule("self.target == oldSelf.target && self.policy == oldSelf.policy && self.episode == oldSelf.episode && self.finding == oldSelf.finding", "only approval and cancelled may be changed")]
[Rule("!has(oldSelf.approval) || (has(self.approval) && self.approval == oldSelf.approval)", "an approval is final: cancel the recovery instead")]
[Rule("!oldSelf.cancelled || self.cancelled", "a cancelled recovery stays cancelled: another finding opens another one")]
public sealed record RecoverySpec
{
    /// <summary>What is recovered.</summary>
    public required RecoveryTarget Target { get; set; }

    /// <summary>The policy as it was when the recovery began: changing it later changes nothing under way.</summary>
    public required PolicyCopy Policy { get; set; }

    /// <summary>How many recoveries of this target had ended before.</summary>
    [Number(0, 1_000_000)]
    public int Episode { get; set; }

    /// <summary>The finding that opened it.</summary>
    public required ObjectReference Finding { get; set; }

    /// <summary>A person's decision on a waiting recovery.</summary>
    public Approval? Approval { get; set; }

    /// <summary>Stop at the next safe point, and undo what can be undone.</summary>
    public bool Cancelled { get; set; }
}

/// <summary>One pod and what owns it.</summary>
public sealed record RecoveryTarget
{
    /// <summary>Pod.</summary>
    [Bounds(Pattern = "^Pod$")]
    public string Kind { get; set; } = "Pod";

    /// <summary>Its namespace.</summary>
    [Bounds(Most = 63)]
    public required string Namespace { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Name { get; set; }

    /// <summary>Its UID: a pod of the same name with another one is not the target.</summary>
    [Bounds(Least = 1, Most = 64)]
    public required string Uid { get; set; }

    /// <summary>The node it runs on.</summary>
    [Bounds(Most = 253)]
    public string? Node { get; set; }

    /// <summary>The topmost owner; absent for a bare pod.</summary>
    public WorkloadReference? Workload { get; set; }

    /// <summary>UIDs of other pods of the workload that were created within the five minutes before the recovery began, at most 250. Creation times are whole seconds, so time alone would not tell them from replacements.</summary>
    [Bounds(Most = 250, MostItemLength = 64)]
    public List<string> YoungSiblings { get; set; } = [];
}

/// <summary>The owner of a pod.</summary>
public sealed record WorkloadReference
{
    /// <summary>Group and version.</summary>
    [Bounds(Most = 317)]
    public required string ApiVersion { get; set; }

    /// <summary>Deployment, ReplicaSet, …</summary>
    [Bounds(Most = 63)]
    public required string Kind { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Name { get; set; }

    /// <summary>Its UID.</summary>
    [Bounds(Most = 64)]
    public required string Uid { get; set; }
}

/// <summary>A policy as it was when a recovery began.</summary>
public sealed record PolicyCopy
{
    /// <summary>RecoveryPolicy or ClusterRecoveryPolicy.</summary>
    [Bounds(Most = 63, Pattern = "^(Cluster)?RecoveryPolicy$")]
    public required string Kind { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Name { get; set; }

    /// <summary>Its UID.</summary>
    [Bounds(Most = 64)]
    public required string Uid { get; set; }

    /// <summary>Its generation.</summary>
    [Number(0, 1_000_000_000)]
    public long Generation { get; set; }

    /// <summary>What it said.</summary>
    public required ProtocolSpec Spec { get; set; }
}

/// <summary>What a policy says about the course of a recovery, without what it selects.</summary>
public sealed record ProtocolSpec
{
    /// <summary>How far the recovery goes by itself.</summary>
    public RecoveryMode Mode { get; set; } = RecoveryMode.Observe;

    /// <summary>How the pod and its node are isolated.</summary>
    public ClusterContainSpec Contain { get; set; } = new();

    /// <summary>What is kept of the pod before it goes.</summary>
    public EvidenceSpec Evidence { get; set; } = new();

    /// <summary>How the pod is replaced.</summary>
    public ReplaceSpec Replace { get; set; } = new();

    /// <summary>Which images may make the next pod, and which may nowhere.</summary>
    public ClusterTrustSpec Trust { get; set; } = new();

    /// <summary>When the replacement counts as verified.</summary>
    public VerifySpec Verify { get; set; } = new();

    /// <summary>How much may happen at once.</summary>
    public LimitsSpec Limits { get; set; } = new();

    /// <summary>When recovering again helps nobody.</summary>
    public EscalateSpec Escalate { get; set; } = new();
}

/// <summary>What a person may say.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ApprovalDecision>))]
public enum ApprovalDecision
{
    /// <summary>Replace, by the plan with this hash.</summary>
    Approved,

    /// <summary>Do not replace: the recovery ends and the pod is released.</summary>
    Denied,
}

/// <summary>A person's decision on a waiting recovery.</summary>
[Rule("self.decision == 'Denied' || has(self.planHash)", "an approval must name the plan that was read: copy status.plan.hash into planHash")]
public sealed record Approval
{
    /// <summary>What was decided.</summary>
    public required ApprovalDecision Decision { get; set; }

    /// <summary>The hash of the plan that was read, from status.plan.hash: another plan does not run.</summary>
    [Bounds(Most = 128)]
    public string? PlanHash { get; set; }

    /// <summary>Why.</summary>
    [Bounds(Most = 1024)]
    public string? Reason { get; set; }

    /// <summary>Who: your user name, as `kubectl auth whoami` says it. The admission policy immutable-recovery-approval checks it; without that policy an approval does not count.</summary>
    [Bounds(Most = 256)]
    public string? By { get; set; }
}
