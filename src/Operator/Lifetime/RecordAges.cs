using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>A record whose time is over.</summary>
/// <param name="Key">Its namespace and name.</param>
/// <param name="IsRecovery">A Recovery, with its evidence and its findings; else a finding alone.</param>
/// <param name="Since">When its time began: the oldest go first.</param>
internal readonly record struct ExpiredRecord(ObjectKey Key, bool IsRecovery, DateTimeOffset Since);

/// <summary>Says which records have had their time, from what the caches know. Only what has ended is among them.</summary>
internal sealed class RecordAges(ClusterCache cache, OperatorOptions options, TimeProvider time)
{
    /// <summary>The oldest ones first, no more than asked for.</summary>
    public IReadOnlyList<ExpiredRecord> Expired(int most)
    {
        var now = time.GetUtcNow();
        return
        [
            .. cache.Recoveries.Store.All.Where(r => HasHadItsTime(r, now)).Select(r => new ExpiredRecord(ObjectKey.Of(r.Metadata), true, r.Status!.EndedAt!.Value))
                .Concat(cache.SecurityFindings.Store.All.Where(f => HasHadItsTime(f, now)).Select(f => new ExpiredRecord(ObjectKey.Of(f.Metadata), false, LastDecided(f)!.Value)))
                .OrderBy(e => e.Since)
                .Take(most),
        ];
    }

    public bool HasHadItsTime(Recovery recovery, DateTimeOffset now) =>
        options.KeepRecoveries > TimeSpan.Zero
        && recovery is { Metadata.DeletionTimestamp: null, Status: { Outcome: not null, EndedAt: { } ended } }
        && now - ended > options.KeepRecoveries
        && !Hold.IsOn(recovery.Metadata);

    /// <summary>It led to nothing, or to a recovery whose record is gone.</summary>
    public bool HasHadItsTime(SecurityFinding finding, DateTimeOffset now) =>
        options.KeepFindings > TimeSpan.Zero
        && finding.Metadata.DeletionTimestamp is null
        && LastDecided(finding) is { } decided && now - decided > options.KeepFindings
        && (finding.Status!.State is not FindingState.Matched || !HasRecord(finding))
        && !Hold.IsOn(finding.Metadata);

    private bool HasRecord(SecurityFinding finding) =>
        finding.Status?.Recovery is { } recovery && cache.Recoveries.Store.Get(new(recovery.Namespace, recovery.Name)) is not null;

    /// <summary>When it was last decided on or happened again; null while it waits.</summary>
    private static DateTimeOffset? LastDecided(SecurityFinding finding) =>
        finding.Status is { State: not FindingState.Pending, DecidedAt: { } decided } status ? status.LastSeenAt > decided ? status.LastSeenAt : decided : null;
}
