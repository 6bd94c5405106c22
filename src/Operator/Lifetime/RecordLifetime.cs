using Operator.Api.V1Alpha1;
using Operator.Cleanup;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>
/// Deletes records whose time is over, the oldest first and no more than a few a second: of a recovery its evidence, then the record, then its
/// findings, so that what a crash leaves behind is still found. One that cannot be deleted keeps no other.
/// </summary>
internal sealed partial class RecordLifetime(
    ClusterCache cache, RecordAges ages, RecordMarks marks, StoredEvidence evidence, TimeProvider time, ILogger<RecordLifetime> logger) : IReconciler<string>
{
    /// <summary>The one key of its queue.</summary>
    public const string Records = "records";

    /// <summary>Deletions in one pass, and the time between two passes: ten a second.</summary>
    private const int MostDeletions = 10;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private const int MostPlanned = 10_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private readonly Queue<ExpiredRecord> planned = new();
    private readonly Reports reports = new();

    public async Task<ReconcileResult> ReconcileAsync(string key, CancellationToken cancellation)
    {
        if (planned.Count == 0)
        {
            foreach (var record in ages.Expired(MostPlanned))
                planned.Enqueue(record);
        }
        var deleted = 0;
        while (deleted < MostDeletions && planned.TryDequeue(out var record))
        {
            try
            {
                deleted += record.IsRecovery ? await DeleteRecoveryAsync(record.Key, cancellation) : await DeleteFindingAsync(record.Key, cancellation);
            }
            catch (ApiUnavailableException failure)
            {
                // It is looked for again with the next plan. A server that asks for time gets it for all of them.
                if (reports.IsNew(failure.Message))
                    NotDeleted(record.IsRecovery ? "recovery" : "finding", record.Key, failure.Message);
                if (failure.RetryAfter is { } wait)
                    return ReconcileResult.After(wait > Pace ? wait : Pace);
                // What fails costs a request, too.
                deleted++;
            }
        }
        return ReconcileResult.After(planned.Count > 0 ? Pace : Period);
    }

    private async Task<int> DeleteRecoveryAsync(ObjectKey key, CancellationToken cancellation)
    {
        var found = await cache.Recoveries.Api.GetAsync(key, cancellation);
        if (found is ApiResult<Recovery>.NotFound)
            return 0;
        var recovery = found.Required();
        if (!ages.HasHadItsTime(recovery, time.GetUtcNow()) || recovery.Metadata.Finalizers is { Count: > 0 })
            return 0;
        if (await marks.LeftOfAsync(recovery, cancellation) is { } left)
        {
            if (reports.IsNew($"{key}: {left}"))
                StillNeeded(key, left);
            return 0;
        }
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

    private async Task<int> DeleteFindingAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.SecurityFindings.Store.Get(key) is not { } finding || !ages.HasHadItsTime(finding, time.GetUtcNow()))
            return 0;
        // The cache may not have its recovery yet. Only the API server says that there is none.
        if (finding.Status is { State: FindingState.Matched, Recovery: { } recovery }
            && await cache.Recoveries.Api.GetAsync(new(recovery.Namespace, recovery.Name), cancellation) is var found and not ApiResult<Recovery>.NotFound)
        {
            found.Required();
            return 0;
        }
        return await DeleteAsync(finding, cancellation);
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

    [LoggerMessage(LogLevel.Warning, "{kind} {key} was not deleted although its time is over: {why}; it is tried again in ten minutes")]
    private partial void NotDeleted(string kind, ObjectKey key, string why);
}
