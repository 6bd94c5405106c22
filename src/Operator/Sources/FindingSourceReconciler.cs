using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Findings;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Sources;

/// <summary>Says of each source whether it can be heard, and what was.</summary>
internal sealed class FindingSourceReconciler(ClusterCache cache, SourceActivity activity, LiveFindings findings, OperatorOptions options, TimeProvider time) : IReconciler<ObjectKey>
{
    /// <summary>What was heard is written together this often.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await cache.FindingSources.Api.GetAsync(key, cancellation) is not ApiResult<FindingSource>.Ok { Value: var source })
            return ReconcileResult.Done;
        var now = time.GetUtcNow();
        var counts = activity.Take(key.Name);
        var valid = source.Spec.Authentication.TokenSha256.Count(t => t.ExpiresAt is null || t.ExpiresAt > now);
        var generation = source.Metadata.Generation ?? 0;
        var ready = source.Status?.Conditions.FirstOrDefault(c => c.Type == "Ready");
        var full = findings.IsFull(key.Name);
        var capped = source.Status?.Conditions.FirstOrDefault(c => c.Type == "FindingsCapped")?.Status;
        if (counts is null && source.Status?.ObservedGeneration == generation && ready?.Status == (valid > 0 ? "True" : "False") && capped == (full ? "True" : "False"))
            return ReconcileResult.After(Period);

        var status = source.Status is { } before ? before with { Conditions = [.. before.Conditions], Rejections = [.. before.Rejections] } : new FindingSourceStatus();
        status.ObservedGeneration = generation;
        status.Conditions.Set("Ready", valid > 0, valid > 0 ? "TokenValid" : "TokensExpired",
            valid == 0 ? "every token has expired: add one" : valid == 1 ? "one token is valid" : $"{valid} tokens are valid", generation, now);
        status.Conditions.Set("FindingsCapped", full, full ? "TooMany" : "BelowLimit",
            full
                ? $"{options.MaxFindingsPerSource} findings or more are stored: those that mean no pod are refused until some are deleted"
                : $"fewer than {options.MaxFindingsPerSource} findings are stored", generation, now);
        if (counts is not null)
            Add(status, counts);
        try
        {
            (await cache.FindingSources.Api.ReplaceAsync(source with { Status = status }, "status", cancellation)).Required();
        }
        catch when (counts is not null)
        {
            activity.GiveBack(key.Name, counts);
            throw;
        }
        return ReconcileResult.After(Period);
    }

    private static void Add(FindingSourceStatus status, SourceActivity.Counts counts)
    {
        status.LastHeardAt = counts.LastHeardAt ?? status.LastHeardAt;
        status.Accepted += counts.Accepted;
        foreach (var (reason, (count, at, message)) in counts.Rejected)
        {
            status.Rejected += count;
            var known = status.Rejections.FirstOrDefault(r => r.Reason == reason);
            status.Rejections.RemoveAll(r => r.Reason == reason);
            status.Rejections.Add(new Rejection { Reason = reason, Count = (known?.Count ?? 0) + count, LastAt = at, Message = message });
        }
    }
}
