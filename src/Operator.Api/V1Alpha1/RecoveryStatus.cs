using System.Text.Json.Serialization;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>What happened, and what cannot be observed again.</summary>
[Rule("!has(self.archived) || has(self.outcome)", "only a recovery that has ended is archived")]
public sealed record RecoveryStatus
{
    /// <summary>Where it stands, for people: Pending, AwaitingApproval, Containing, CapturingEvidence, Replacing, Verifying, Succeeded, Recompromised, Blocked, Skipped, Denied, Cancelled. The operator never reads it.</summary>
    public string? Phase { get; set; }

    /// <summary>How it ended; set once: Succeeded, Recompromised, Skipped, Denied, Cancelled.</summary>
    public string? Outcome { get; set; }

    /// <summary>A word for programs: why it waits, is blocked or ended.</summary>
    public string? Reason { get; set; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; set; }

    /// <summary>The generation of the spec that this status is about.</summary>
    public long ObservedGeneration { get; set; }

    /// <summary>Contained, EvidenceCaptured, ImageTrusted, Replaced, Verified; Ready, Reconciling, Stalled.</summary>
    [ListMap("type")]
    [Bounds(Most = 16)]
    public List<StatusCondition> Conditions { get; set; } = [];

    /// <summary>When it happened, by the detector's clock.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    /// <summary>When it was detected: occurredAt, or receivedAt where the source did not say.</summary>
    public DateTimeOffset? DetectedAt { get; set; }

    /// <summary>When the operator received it.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>When the pod was isolated.</summary>
    public DateTimeOffset? ContainedAt { get; set; }

    /// <summary>When its evidence was stored.</summary>
    public DateTimeOffset? EvidenceAt { get; set; }

    /// <summary>When the compromised pod was gone and its replacement Ready.</summary>
    public DateTimeOffset? ReplacedAt { get; set; }

    /// <summary>When the replacement had soaked.</summary>
    public DateTimeOffset? VerifiedAt { get; set; }

    /// <summary>When the recovery ended, however it did.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>
    /// The day (UTC) on which the recovery ended. Set more than eight days later, once its pods, its cordon and its pause are gone from the
    /// cluster. The operator keeps no archived recovery in memory.
    /// </summary>
    [Bounds(Most = 10, Pattern = @"^\d{4}-\d{2}-\d{2}$")]
    public string? Archived { get; set; }

    /// <summary>containedAt − detectedAt.</summary>
    public KubeDuration? TimeToContain { get; set; }

    /// <summary>verifiedAt − detectedAt.</summary>
    public KubeDuration? TimeToRecover { get; set; }

    /// <summary>What would be or was done.</summary>
    public PlanStatus? Plan { get; set; }

    /// <summary>The findings it is about, at most 50.</summary>
    [ListMap("namespace", "name")]
    [Bounds(Most = 50)]
    public List<RecordedFinding> Findings { get; set; } = [];

    /// <summary>What became of the images of the template.</summary>
    [ListMap("container")]
    [Bounds(Most = 64)]
    public List<ImageChange> Images { get; set; } = [];

    /// <summary>The pods that took the place of the compromised one.</summary>
    [ListMap("uid")]
    [Bounds(Most = 64)]
    public List<ReplacementPod> Replacements { get; set; } = [];

    /// <summary>What was kept of the compromised pod.</summary>
    [Bounds(Most = 64)]
    public List<EvidenceItem> Evidence { get; set; } = [];

    /// <summary>What replacing the pod does not undo: host access, data it could reach.</summary>
    [Bounds(Most = 16, MostItemLength = 512)]
    public List<string> Exposure { get; set; } = [];

    /// <summary>What a person had to change when it was Blocked, where that is a manifest.</summary>
    public Remediation? Remediation { get; set; }

    /// <summary>What the operator must remember because it cannot be observed again.</summary>
    public ProgressStatus? Progress { get; set; }
}

/// <summary>What would be or was done.</summary>
public sealed record PlanStatus
{
    /// <summary>Counts the plans of this recovery.</summary>
    public int Version { get; set; }

    /// <summary>What an approval must name.</summary>
    public required string Hash { get; set; }

    /// <summary>The steps in order, in words.</summary>
    [Bounds(Most = 32, MostItemLength = 1024)]
    public List<string> Steps { get; set; } = [];
}

/// <summary>A change for a person to make.</summary>
public sealed record Remediation
{
    /// <summary>Whether it is a part of a manifest or the whole of one.</summary>
    public RemediationKind Kind { get; set; }

    /// <summary>What to do with it, in words.</summary>
    public required string Instructions { get; set; }

    /// <summary>YAML.</summary>
    [Bounds(Most = 65536)]
    public required string Content { get; set; }
}

/// <summary>How much of a manifest it is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RemediationKind>))]
public enum RemediationKind
{
    /// <summary>Only the fields that change: for the source that the workload is applied from.</summary>
    Patch,

    /// <summary>The whole object: for one that cannot be changed and has to be made anew.</summary>
    Manifest,
}

/// <summary>A finding of this recovery.</summary>
public sealed record RecordedFinding
{
    /// <summary>Its namespace.</summary>
    public required string Namespace { get; set; }

    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>The rule that fired.</summary>
    public required string Rule { get; set; }

    /// <summary>How bad it is.</summary>
    public FindingSeverity Severity { get; set; }

    /// <summary>When it was detected.</summary>
    public DateTimeOffset? DetectedAt { get; set; }

    /// <summary>Who made it by hand, as admission checked it: this user cannot approve.</summary>
    [Bounds(Most = 256)]
    public string? ReportedBy { get; set; }
}

/// <summary>What became of one container's image.</summary>
public sealed record ImageChange
{
    /// <summary>The container.</summary>
    public required string Container { get; set; }

    /// <summary>What the compromised pod ran.</summary>
    public string? From { get; set; }

    /// <summary>What the next pod runs.</summary>
    public string? To { get; set; }

    /// <summary>The TrustedImage that lists it, or why it is not trusted.</summary>
    public string? TrustedBy { get; set; }
}

/// <summary>A pod that took the place of the compromised one.</summary>
public sealed record ReplacementPod
{
    /// <summary>Its name.</summary>
    public required string Pod { get; set; }

    /// <summary>Its UID.</summary>
    public required string Uid { get; set; }

    /// <summary>Its node.</summary>
    public string? Node { get; set; }

    /// <summary>What its first container runs, as the runtime reports it.</summary>
    [JsonPropertyName("imageID")]
    public string? ImageId { get; set; }
}

/// <summary>One part of what was kept of a compromised pod, or why it could not be.</summary>
public sealed record EvidenceItem
{
    /// <summary>Manifest, Events, Log or PreviousLog.</summary>
    public required string Kind { get; set; }

    /// <summary>The container of a log.</summary>
    public string? Container { get; set; }

    /// <summary>The ConfigMap that holds it, as namespace/name.</summary>
    public string? ConfigMap { get; set; }

    /// <summary>Its key in the ConfigMap's binaryData; gzip.</summary>
    public string? Key { get; set; }

    /// <summary>SHA-256 of the content before compression, in hexadecimal.</summary>
    public string? Sha256 { get; set; }

    /// <summary>Its length before compression.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether it was cut at its largest size.</summary>
    public bool Truncated { get; set; }

    /// <summary>When it was captured.</summary>
    public DateTimeOffset? CapturedAt { get; set; }

    /// <summary>Why it could not be kept.</summary>
    public string? Message { get; set; }
}

/// <summary>What cannot be observed again: intents, times, what was undone on purpose.</summary>
public sealed record ProgressStatus
{
    /// <summary>How the next pod becomes trusted: AlreadyTrusted, ByAdmission, InPlace or Rollout.</summary>
    public string? Path { get; set; }

    /// <summary>The images that were decided on at the first destructive step; only a revocation changes them.</summary>
    [Bounds(Most = 64)]
    public List<PinnedImage> Images { get; set; } = [];

    /// <summary>Images by digest that ran untrusted and that admission is to refuse, where it is relied on.</summary>
    [Bounds(Most = 64, MostItemLength = 512)]
    public List<string> Condemned { get; set; } = [];

    /// <summary>Written before the first destructive step.</summary>
    public DateTimeOffset? ReplacementStartedAt { get; set; }

    /// <summary>The pods that this recovery takes out, each recorded before it is: the target and its untrusted siblings. Limits count them.</summary>
    [Bounds(Most = 1000)]
    public List<RemovedPod> Removals { get; set; } = [];

    /// <summary>When every pod of the workload was Ready and trusted.</summary>
    public DateTimeOffset? SoakStartedAt { get; set; }

    /// <summary>When other images or another path were decided on after the start, or the template was pinned once more.</summary>
    public DateTimeOffset? DecidedAgainAt { get; set; }

    /// <summary>How often a quarantine NetworkPolicy that somebody removed was put back.</summary>
    public int NetworkPolicyRestored { get; set; }

    /// <summary>When this recovery last installed the quarantine NetworkPolicy, at first or again: the pause before the next restoration begins then.</summary>
    public DateTimeOffset? NetworkPolicyInstalledAt { get; set; }

    /// <summary>How often the workload's template was pinned: more than once where somebody puts the old image back.</summary>
    public int Pins { get; set; }

    /// <summary>Since when a disruption budget has been waited for.</summary>
    public DateTimeOffset? BudgetBlockedSince { get; set; }

    /// <summary>Since when its node has been drained.</summary>
    public DateTimeOffset? DrainStartedAt { get; set; }

    /// <summary>When all pods that were to leave its node had left it.</summary>
    public DateTimeOffset? NodeDrainedAt { get; set; }

    /// <summary>The cordon was lifted, because the replacement found no other node.</summary>
    public bool CordonYielded { get; set; }

    /// <summary>Since when a person has been waited for.</summary>
    public DateTimeOffset? ApprovalAwaitedSince { get; set; }

    /// <summary>What checked who approves when this was written, as long as there was no approval: an approval counts if the same still does.</summary>
    [Bounds(Most = 512)]
    public string? ApprovalChecker { get; set; }

    /// <summary>What a person should know about how it went on, such as an overridden disruption budget.</summary>
    [Bounds(Most = 16, MostItemLength = 512)]
    public List<string> Notes { get; set; } = [];
}

/// <summary>A pod that was taken out.</summary>
public sealed record RemovedPod
{
    /// <summary>Its UID.</summary>
    public required string Uid { get; set; }

    /// <summary>When that was decided.</summary>
    public required DateTimeOffset At { get; set; }

    /// <summary>SHA-256, in hexadecimal, of the annotation with the labels that it was detached from: only those are given back. Absent until it is detached.</summary>
    [Bounds(Most = 64)]
    public string? LabelsHash { get; set; }
}

/// <summary>A container and the image it is pinned to.</summary>
public sealed record PinnedImage
{
    /// <summary>The container.</summary>
    public required string Container { get; set; }

    /// <summary>The image, with its digest.</summary>
    public required string Image { get; set; }

    /// <summary>The TrustedImage that lists the digest.</summary>
    public string? TrustedBy { get; set; }
}
