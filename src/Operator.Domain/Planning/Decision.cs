namespace Operator.Domain.Planning;

/// <summary>What one look at the world leads to.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>One step now; then look again.</summary>
    public sealed record Act(Step Step) : Decision;

    /// <summary>Nothing now. Changes wake it; at the latest look again at <paramref name="Until"/>, when something else is decided.</summary>
    public sealed record Wait(string Reason, string Message, DateTimeOffset Until) : Decision
    {
        /// <summary>Which limit it waits for, where others use the same one.</summary>
        public SharedLimit? Limit { get; init; }
    }

    /// <summary>It cannot go on by itself, and says what would let it. It stays contained and holds no slot.</summary>
    public sealed record Block(string Reason, string Message, string WokenBy) : Decision;

    /// <summary>It is over.</summary>
    public sealed record End(Outcome Outcome, string Reason, string Message) : Decision;
}

public enum Outcome
{
    Succeeded,
    Recompromised,
    Skipped,
    Denied,
    Cancelled,

    /// <summary>It is not what the operator would have made: nothing is done for it.</summary>
    Foreign,
}

/// <summary>One idempotent change. It carries what it needs, and what must still be true when it is made.</summary>
public abstract record Step
{
    private Step()
    {
    }

    /// <summary>It changes nothing but the record, and is written with everything else that the pass has to say.</summary>
    public bool IsRecorded => this is RecordStart or RecordPath or RecordImages or RecordRemoval or RecordReplaced or RecordCordonYields or RecordDrain or RecordDrained;

    /// <summary>It takes something away, or changes what others rely on: the record and its approval are read again right before it.</summary>
    public bool Destroys =>
        this is Contain { Detach: true } or Cordon or Evict or Revoke or HoldRollout or PinDeployment or PinTemplate or ContainSibling or DetachOriginal or Delete;

    /// <summary>It reaches beyond the namespace of the target.</summary>
    public bool IsShared => this is Cordon or Uncordon or Evict or Revoke;

    /// <summary>Afterwards the namespace has the quarantine NetworkPolicy. A restoration puts back what somebody removed.</summary>
    public sealed record InstallQuarantinePolicy(bool Restoration) : Step;

    /// <summary>Afterwards the target is labelled and, detached, belongs to no Service and no ReplicaSet. One patch, by UID.</summary>
    public sealed record Contain(string Pod, string Uid, bool Detach) : Step;

    /// <summary>Afterwards the node takes no new pods, and names this recovery among its holders.</summary>
    public sealed record Cordon(string Node) : Step;

    /// <summary>Afterwards the node takes pods again, unless other recoveries hold it.</summary>
    public sealed record Uncordon(string Node) : Step;

    /// <summary>Afterwards the record says why the node takes pods again, and it is not cordoned anew.</summary>
    public sealed record RecordCordonYields(string Note) : Step;

    /// <summary>Afterwards the record says that the node is being drained. Written before the first pod is evicted.</summary>
    public sealed record RecordDrain(string Node) : Step;

    /// <summary>Afterwards the pod was evicted, if no budget forbids it and it was still this one.</summary>
    public sealed record Evict(string Namespace, string Pod, string Uid) : Step;

    /// <summary>Afterwards the record says that the node is empty, and what was left on it.</summary>
    public sealed record RecordDrained(string? Note) : Step;

    /// <summary>Afterwards what the pod can tell is stored, or why not. It takes no longer than its deadline.</summary>
    public sealed record CaptureEvidence(string Pod, string Uid, TimeSpan Deadline) : Step;

    /// <summary>Afterwards the intent stands in the record: the path, the images, what must not start again, the time. Written before anything is destroyed.</summary>
    public sealed record RecordStart(PinPath Path, IReadOnlyList<PinnedImage> Images, IReadOnlyList<string> Condemned, string? Note) : Step;

    /// <summary>Afterwards the record names another path, and why.</summary>
    public sealed record RecordPath(PinPath Path, string Note) : Step;

    /// <summary>Afterwards the digests of these images are revoked, for the whole cluster. Never one that a TrustedImage lists.</summary>
    public sealed record Revoke(IReadOnlyList<string> Images) : Step;

    /// <summary>Afterwards the Deployment is paused by this recovery, its template as it was.</summary>
    public sealed record HoldRollout(string Deployment, string Uid) : Step;

    /// <summary>Afterwards these containers of the Deployment's template name these images; paused by us, unpaused, or as it was.</summary>
    public sealed record PinDeployment(string Deployment, string Uid, IReadOnlyList<PinnedImage> Images, Pausing Pausing) : Step;

    /// <summary>Afterwards these containers of the own template of a ReplicaSet, StatefulSet, DaemonSet or CronJob name these images.</summary>
    public sealed record PinTemplate(OwnerKind Kind, string Name, string Uid, IReadOnlyList<PinnedImage> Images) : Step;

    /// <summary>Afterwards these pods go first when a rollout scales their ReplicaSet down.</summary>
    public sealed record MarkFirstInRollout(string Pod, string Uid) : Step;

    /// <summary>Afterwards the isolated pod belongs to nobody, and is kept as long as the policy says or not at all.</summary>
    public sealed record DetachOriginal(string Pod, string Uid, bool Keep) : Step;

    /// <summary>Afterwards the pod was asked to go, if it was still this one in this version.</summary>
    public sealed record Delete(string Pod, string Uid, string ResourceVersion, int GracePeriodSeconds) : Step;

    /// <summary>Afterwards the Deployment that this recovery had paused is unpaused.</summary>
    public sealed record Unpause(string Deployment, string Uid) : Step;

    /// <summary>Afterwards the record names these images: a digest that was decided has been revoked since.</summary>
    public sealed record RecordImages(IReadOnlyList<PinnedImage> Images) : Step;

    /// <summary>Afterwards the record counts one more removal, and a soak begins anew. Written before an untrusted sibling is taken out.</summary>
    public sealed record RecordRemoval(string Pod, string Uid, string? Note) : Step;

    /// <summary>Afterwards the sibling is labelled.</summary>
    public sealed record ContainSibling(string Pod, string Uid) : Step;

    /// <summary>Afterwards the record has the replacements, the start of the soak and which siblings were left alone, and why.</summary>
    public sealed record RecordReplaced(string? Note = null) : Step;
}

/// <summary>What a pin does to a Deployment's pause.</summary>
public enum Pausing
{
    Pause,
    Unpause,
    LeaveAsIs,
}
