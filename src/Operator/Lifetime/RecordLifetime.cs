using Operator.Api.V1Alpha1;
using Operator.Cleanup;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>
/// Deletes records whose time is over, the oldest first and no more than a few a second: of a recovery its evidence, then the record, then its
/// findings, so that what a crash leaves behind is still found. Archives the old ones among the others: a recovery first, then its findings. One
/// that fails keeps no other.
/// </summary>
internal sealed partial class RecordLifetime(
    ClusterCache cache, RecordAges ages, RecordArchive archive, RecordMarks marks, StoredEvidence evidence, TimeProvider time, ILogger<RecordLifetime> logger)
    : IReconciler<string>
{
    /// <summary>The one key of its queue.</summary>
    public const string Records = "records";

    /// <summary>Deletions and changes in one pass, and the time between two passes: ten a second.</summary>
    private const int MostWrites = 10;

    /// <summary>
    /// Records that are looked at in one pass, and how long one that stays is not looked at again: a tenant can keep its own records, with a finalizer
    /// for one, and must not keep those of others by their number.
    /// </summary>
    private const int MostLooks = 50;
    private static readonly TimeSpan StayPeriod = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private const int MostPlanned = 10_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10), ArchivePeriod = TimeSpan.FromMinutes(1);

    private readonly Queue<DueRecord> planned = new();
    private readonly Dictionary<ObjectKey, DateTimeOffset> staying = [];
    private readonly Reports reports = new();
    private DateTimeOffset nextPlan;

    public async Task<ReconcileResult> ReconcileAsync(string key, CancellationToken cancellation)
    {
        if (planned.Count == 0)
            await PlanAsync(cancellation);
        var (writes, looks) = (0, 0);
        while (writes < MostWrites && looks++ < MostLooks && planned.TryDequeue(out var record))
        {
            try
            {
                var written = record.IsRecovery ? await EndRecoveryAsync(record.Key, cancellation) : await EndFindingAsync(record.Key, cancellation);
                if (written == 0)
                    staying[record.Key] = time.GetUtcNow() + StayPeriod;
                writes += written;
            }
            catch (ApiUnavailableException failure)
            {
                // It is looked for again with the next plan. A server that asks for time gets it for all of them.
                if (reports.IsNew(failure.Message))
                    Failed(record.IsRecovery ? "recovery" : "finding", record.Key, failure.Message);
                if (failure.RetryAfter is { } wait)
                    return ReconcileResult.After(wait > Pace ? wait : Pace);
                // What fails costs a request, too.
                writes++;
            }
        }
        return ReconcileResult.After(planned.Count > 0 ? Pace : ArchivePeriod);
    }

    private async Task PlanAsync(CancellationToken cancellation)
    {
        if (time.GetUtcNow() is var now && now >= nextPlan)
        {
            foreach (var (key, _) in staying.Where(s => s.Value <= now).ToList())
                staying.Remove(key);
            foreach (var record in ages.Due(MostPlanned, staying.ContainsKey))
                planned.Enqueue(record);
            nextPlan = now + Period;
        }
        foreach (var record in await archive.DueAsync(MostPlanned, staying.ContainsKey, cancellation))
            planned.Enqueue(record);
    }

    private async Task<int> EndRecoveryAsync(ObjectKey key, CancellationToken cancellation)
    {
        var found = await cache.Recoveries.Api.GetAsync(key, cancellation);
        if (found is ApiResult<Recovery>.NotFound)
            return 0;
        var recovery = found.Required();
        var (now, isOver) = (time.GetUtcNow(), ages.HasHadItsTime(recovery, time.GetUtcNow()));
        if (!isOver && !ages.IsForTheArchive(recovery, now))
            return 0;
        if (await marks.LeftOfAsync(recovery, cancellation) is { } left)
        {
            if (isOver && reports.IsNew($"{key}: {left}"))
                StillNeeded(key, left);
            return 0;
        }
        return isOver ? await DeleteAsync(recovery, cancellation) : await archive.AddAsync(recovery, cancellation);
    }

    private async Task<int> DeleteAsync(Recovery recovery, CancellationToken cancellation)
    {
        var key = ObjectKey.Of(recovery.Metadata);
        if (recovery.Metadata.Finalizers is { Count: > 0 })
            return 0;
        var findings = RecordedFindings.Of(cache, recovery).ToList();
        var deleted = await evidence.DeleteAsync(recovery, cancellation);
        var terms = new Deletion { Uid = recovery.Metadata.Uid, ResourceVersion = recovery.Metadata.ResourceVersion };
        switch (await cache.Recoveries.Api.DeleteAsync(key, terms, cancellation))
        {
            case ApiResult<Deleted>.Ok:
                deleted++;
                break;
            case ApiResult<Deleted>.NotFound or ApiResult<Deleted>.Conflict:
                return deleted;
            case var refused:
                refused.Required();
                break;
        }
        RecoveryDeleted(key, recovery.Status!.EndedAt!.Value);
        foreach (var finding in findings.Where(f => !Hold.IsOn(f.Metadata) && f.Status?.Recovery is { } of && new ObjectKey(of.Namespace, of.Name) == key))
            deleted += await DeleteAsync(finding, cancellation);
        return deleted;
    }

    private async Task<int> EndFindingAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await FindAsync(key, cancellation) is not { } finding)
            return 0;
        var (now, isOver) = (time.GetUtcNow(), ages.HasHadItsTime(finding, time.GetUtcNow()));
        if (!isOver && !ages.IsForTheArchive(finding, now))
            return 0;
        // The cache may not have its recovery yet. Only the API server says that there is none.
        if (finding.Status is { State: FindingState.Matched, Recovery: { } recovery }
            && await cache.Recoveries.Api.GetAsync(new(recovery.Namespace, recovery.Name), cancellation) is var found and not ApiResult<Recovery>.NotFound)
            return found.Required().Status?.Archived is { } day && ages.IsForTheArchive(finding, now) ? await archive.AddAsync(finding, day, cancellation) : 0;
        return isOver ? await DeleteAsync(finding, cancellation) : 0;
    }

    /// <summary>An archived finding is in no cache.</summary>
    private async Task<SecurityFinding?> FindAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.SecurityFindings.Store.Get(key) is { } cached)
            return cached;
        return await cache.SecurityFindings.Api.GetAsync(key, cancellation) is var live and not ApiResult<SecurityFinding>.NotFound ? live.Required() : null;
    }

    /// <summary>The resourceVersion makes it the finding that was looked at: one that happened again meanwhile stays.</summary>
    private async Task<int> DeleteAsync(SecurityFinding finding, CancellationToken cancellation)
    {
        var terms = new Deletion { Uid = finding.Metadata.Uid, ResourceVersion = finding.Metadata.ResourceVersion };
        var result = await cache.SecurityFindings.Api.DeleteAsync(ObjectKey.Of(finding.Metadata), terms, cancellation);
        if (result is ApiResult<Deleted>.NotFound or ApiResult<Deleted>.Conflict)
            return 0;
        result.Required();
        return 1;
    }

    [LoggerMessage(LogLevel.Information, "recovery {recovery}, ended {ended}, was deleted with its evidence and its findings: its time was over")]
    private partial void RecoveryDeleted(ObjectKey recovery, DateTimeOffset ended);

    [LoggerMessage(LogLevel.Warning, "recovery {recovery} is kept although its time is over: {what} is still there")]
    private partial void StillNeeded(ObjectKey recovery, string what);

    [LoggerMessage(LogLevel.Warning, "{kind} {key} is due and was neither deleted nor archived: {why}; it is tried again later")]
    private partial void Failed(string kind, ObjectKey key, string why);
}
