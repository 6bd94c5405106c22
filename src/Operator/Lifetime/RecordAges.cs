using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Findings;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>A record that is to be deleted or archived.</summary>
/// <param name="Key">Its namespace and name.</param>
/// <param name="IsRecovery">A Recovery, with its evidence and its findings; else a finding alone.</param>
/// <param name="Since">When its time began: the oldest go first.</param>
internal readonly record struct DueRecord(ObjectKey Key, bool IsRecovery, DateTimeOffset Since)
{
    public static DueRecord Of(Recovery recovery) => new(ObjectKey.Of(recovery.Metadata), true, recovery.Status!.EndedAt!.Value);

    public static DueRecord Of(SecurityFinding finding) => new(ObjectKey.Of(finding.Metadata), false, RecordAges.LastDecided(finding)!.Value);
}

/// <summary>Decides by age which records are deleted and which are archived. Records that have not ended are never among them.</summary>
internal sealed class RecordAges(ClusterCache cache, OperatorOptions options, TimeProvider time)
{
    /// <summary>Of the records in the caches those to be deleted, then those to be archived; the oldest first, no more than asked for.</summary>
    /// <param name="most">How many.</param>
    /// <param name="isStaying">Whether a record has been looked at lately, and stays.</param>
    public IReadOnlyList<DueRecord> Due(int most, Func<ObjectKey, bool> isStaying)
    {
        var now = time.GetUtcNow();
        var (recoveries, findings) = (cache.Recoveries.Store.All, cache.SecurityFindings.Store.All);
        List<DueRecord> deleted =
        [
            .. recoveries.Where(r => HasHadItsTime(r, now)).Select(DueRecord.Of)
                .Concat(findings.Where(f => HasHadItsTime(f, now)).Select(DueRecord.Of))
                .Where(r => !isStaying(r.Key))
                .OrderBy(r => r.Since)
                .Take(most),
        ];
        return
        [
            .. deleted,
            .. recoveries.Where(r => IsForTheArchive(r, now) && !HasHadItsTime(r, now)).Select(DueRecord.Of)
                .Concat(findings.Where(f => IsForTheArchive(f, now) && !HasHadItsTime(f, now)).Select(DueRecord.Of))
                .Where(r => !isStaying(r.Key))
                .OrderBy(r => r.Since)
                .Take(most - deleted.Count),
        ];
    }

    public bool HasHadItsTime(Recovery recovery, DateTimeOffset now) =>
        options.KeepRecoveries > TimeSpan.Zero
        && recovery is { Metadata.DeletionTimestamp: null, Status: { Outcome: not null, EndedAt: { } ended } }
        && now - ended > options.KeepRecoveries
        && !Hold.IsOn(recovery.Metadata);

    /// <summary>It led to nothing, or to a recovery whose record is gone. An archived one goes as soon as its record has gone.</summary>
    public bool HasHadItsTime(SecurityFinding finding, DateTimeOffset now) =>
        finding.Metadata.DeletionTimestamp is null
        && LastDecided(finding) is { } decided
        && (finding.Status!.Archived is null ? options.KeepFindings > TimeSpan.Zero && now - decided > options.KeepFindings : options.KeepRecoveries > TimeSpan.Zero)
        && (finding.Status.State is not FindingState.Matched || !HasRecord(finding))
        && !Hold.IsOn(finding.Metadata);

    /// <summary>No policy looks back at it any longer, and none of its pods is there. An API server that cannot select records has no archive.</summary>
    public bool IsForTheArchive(Recovery recovery, DateTimeOffset now) =>
        cache.Recoveries.IsSelective
        && recovery is { Metadata.DeletionTimestamp: null, Status: { Outcome: not null, Archived: null, EndedAt: { } ended } status }
        && now - ended > EndedRecovery.LongestMemory
        && status.ObservedGeneration == recovery.Metadata.Generation
        && cache.PodOf(recovery.Spec.Target.Uid) is null;

    /// <summary>Its recovery is in no cache any longer: it is archived or gone.</summary>
    public bool IsForTheArchive(SecurityFinding finding, DateTimeOffset now) =>
        cache.SecurityFindings.IsSelective
        && finding is { Metadata.DeletionTimestamp: null, Status: { State: FindingState.Matched, Archived: null } }
        && finding.IsSettled()
        && now - LastDecided(finding) > EndedRecovery.LongestMemory
        && !HasRecord(finding);

    /// <summary>When it was last decided on or happened again; null while it waits.</summary>
    public static DateTimeOffset? LastDecided(SecurityFinding finding) =>
        finding.Status is { State: not FindingState.Pending, DecidedAt: { } decided } status ? status.LastSeenAt > decided ? status.LastSeenAt : decided : null;

    private bool HasRecord(SecurityFinding finding) =>
        finding.Status?.Recovery is { } recovery && cache.Recoveries.Store.Get(new(recovery.Namespace, recovery.Name)) is not null;
}
