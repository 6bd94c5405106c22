using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>The durable inbox: one normalized finding. What senders post is stored in the operator's namespace; one created elsewhere with kubectl has the source `manual`, speaks only for its own namespace and never leads to a node action.</summary>
[Resource("securityfindings", "sf")]
[PrinterColumn("Rule", "string", ".spec.rule")]
[PrinterColumn("Severity", "string", ".spec.severity")]
[PrinterColumn("State", "string", ".status.state")]
[PrinterColumn("Reason", "string", ".status.reason")]
[PrinterColumn("Pod", "string", ".status.target.pod")]
[PrinterColumn("Recovery", "string", ".status.recovery.name")]
[PrinterColumn("Count", "integer", ".status.count", Priority = 1)]
[PrinterColumn("Source", "string", ".spec.source", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[SelectableField(".status.archived")]
public sealed record SecurityFinding : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(SecurityFinding);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What was found. It never changes.</summary>
    [Rule("self == oldSelf", "a finding cannot be changed: create another one")]
    public required SecurityFindingSpec Spec { get; set; }

    /// <summary>What became of it. Written by the operator.</summary>
    public SecurityFindingStatus? Status { get; set; }
}

/// <summary>What was found.</summary>
public sealed record SecurityFindingSpec
{
    /// <summary>The FindingSource that sent it, or `manual`. Outside the operator's namespace it is taken as `manual` whatever it says.</summary>
    [Bounds(Most = 253)]
    public string Source { get; set; } = WellKnown.ManualSource;

    /// <summary>The detector's rule that fired.</summary>
    [Bounds(Least = 1, Most = 256)]
    public required string Rule { get; set; }

    /// <summary>How bad it is.</summary>
    public required FindingSeverity Severity { get; set; }

    /// <summary>How the severity was derived from what the source sent.</summary>
    [Bounds(Most = 256)]
    public string? SeverityFrom { get; set; }

    /// <summary>What the detector says, clipped to 1024 characters.</summary>
    [Bounds(Most = 1024)]
    public string? Message { get; set; }

    /// <summary>The detector's tags, such as mitre_execution.</summary>
    [Bounds(Most = 64, MostItemLength = 128)]
    public List<string> Tags { get; set; } = [];

    /// <summary>When it happened, by the detector's clock. A time before 2000, or more than five seconds after the finding was received, counts as the time of receipt.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    /// <summary>What the source said instead, where occurredAt is not the time that it said.</summary>
    [Bounds(Most = 256)]
    public string? TimeFrom { get; set; }

    /// <summary>When the operator received it. Of a manual finding its creationTimestamp counts instead.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>Who made it by hand: your user name, checked by the admission policy immutable-recovery-approval. Without it no approval of its recovery counts.</summary>
    [Bounds(Most = 256)]
    public string? ReportedBy { get; set; }

    /// <summary>What it is about.</summary>
    public FindingTargetSpec Target { get; set; } = new();

    /// <summary>An excerpt of the detector's fields, as text: at most 64 of them, keys of at most 64 characters, and 16,384 characters in all.</summary>
    [Bounds(Most = 64, MostItemLength = 512, MostKeyLength = 64, MostTotalLength = 16_384)]
    public Dictionary<string, string> Fields { get; set; } = [];
}

/// <summary>What a finding is about, as far as its source knows. The UID, else the container id, else name and time decide which pod it is.</summary>
public sealed record FindingTargetSpec
{
    /// <summary>The pod's namespace. A manual finding speaks for its own only.</summary>
    [Bounds(Most = 63)]
    public string? Namespace { get; set; }

    /// <summary>The pod's name.</summary>
    [Bounds(Most = 253)]
    public string? Pod { get; set; }

    /// <summary>The pod's UID.</summary>
    [JsonPropertyName("podUID")]
    [Bounds(Most = 64)]
    public string? PodUid { get; set; }

    /// <summary>The container's name.</summary>
    [Bounds(Most = 63)]
    public string? Container { get; set; }

    /// <summary>The container's id, without the runtime's scheme, or its first hexadecimal digits, at least twelve. What is shorter identifies no pod.</summary>
    [JsonPropertyName("containerID")]
    [Bounds(Most = 128)]
    public string? ContainerId { get; set; }

    /// <summary>The node.</summary>
    [Bounds(Most = 253)]
    public string? Node { get; set; }

    /// <summary>The container's image.</summary>
    [Bounds(Most = 512)]
    public string? Image { get; set; }

    /// <summary>The image's digest.</summary>
    [Bounds(Most = 128)]
    public string? ImageDigest { get; set; }
}

/// <summary>What became of a finding.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingState>))]
public enum FindingState
{
    /// <summary>Not looked at yet, or its pod is not known yet.</summary>
    Pending,

    /// <summary>A recovery has it.</summary>
    Matched,

    /// <summary>No policy is about it.</summary>
    Unmatched,

    /// <summary>It names no pod that is there.</summary>
    Unresolved,

    /// <summary>Older than the policy's maxFindingAge when it was matched.</summary>
    Stale,
}

/// <summary>What became of a finding.</summary>
[Rule("!has(self.archived) || self.state == 'Matched'", "only a finding that led to a recovery is archived")]
public sealed record SecurityFindingStatus
{
    /// <summary>Where it stands.</summary>
    public FindingState State { get; set; }

    /// <summary>A word for programs.</summary>
    [Bounds(Most = 256)]
    public string? Reason { get; set; }

    /// <summary>A sentence for people.</summary>
    [Bounds(Most = 4096)]
    public string? Message { get; set; }

    /// <summary>The pod it was resolved to.</summary>
    public ResolvedTarget? Target { get; set; }

    /// <summary>The policy that took it.</summary>
    public PolicyReference? Policy { get; set; }

    /// <summary>The recovery that has it.</summary>
    public ObjectReference? Recovery { get; set; }

    /// <summary>How often it arrived again; the first time is not counted.</summary>
    public long Count { get; set; }

    /// <summary>When it last happened again, by the detector's clock; when it arrived, if the detector did not say.</summary>
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>The highest severity that it arrived with, where that is higher than spec.severity. Policies are matched by it.</summary>
    public FindingSeverity? HighestSeverity { get; set; }

    /// <summary>Tags that it arrived with later and that spec.tags does not have. Policies are matched by both, by 64 tags at most.</summary>
    [Bounds(Most = 64, MostItemLength = 128)]
    public List<string> Tags { get; set; } = [];

    /// <summary>When it last arrived with a higher severity or another tag. It is then matched again.</summary>
    public DateTimeOffset? RaisedAt { get; set; }

    /// <summary>When it was decided on. If it happens again later, and nothing was done about it, it is decided on again.</summary>
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>
    /// The day (UTC) on which its recovery ended. Set once that recovery is archived. The operator keeps no archived finding in memory. When
    /// the finding happens again, the field is removed.
    /// </summary>
    [Bounds(Most = 10, Pattern = @"^\d{4}-\d{2}-\d{2}$")]
    public string? Archived { get; set; }

    /// <summary>Ready once it was decided on.</summary>
    [ListMap("type")]
    [Bounds(Most = 8)]
    public List<StatusCondition> Conditions { get; set; } = [];

    /// <summary>The generation of the spec that this status is about.</summary>
    public long ObservedGeneration { get; set; }
}

/// <summary>One pod and no other.</summary>
public sealed record ResolvedTarget
{
    /// <summary>Its namespace.</summary>
    [Bounds(Most = 63)]
    public required string Namespace { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Pod { get; set; }

    /// <summary>Its UID.</summary>
    [Bounds(Most = 64)]
    public required string Uid { get; set; }
}

/// <summary>A policy of either kind.</summary>
public sealed record PolicyReference
{
    /// <summary>RecoveryPolicy or ClusterRecoveryPolicy.</summary>
    [Bounds(Most = 63)]
    public required string Kind { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Name { get; set; }
}

/// <summary>An object by namespace and name.</summary>
public sealed record ObjectReference
{
    /// <summary>Its namespace.</summary>
    [Bounds(Most = 63)]
    public required string Namespace { get; set; }

    /// <summary>Its name.</summary>
    [Bounds(Most = 253)]
    public required string Name { get; set; }
}
