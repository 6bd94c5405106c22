using System.Globalization;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>
/// Records of the past that lie in the API server only: no cache has them, so that a start is as fast beside a hundred thousand of them as beside
/// none. They are archived by the day on which the recovery ended, and read again, day by day, when their time is over.
/// </summary>
internal sealed class RecordArchive(ClusterCache cache, RecordAges ages, OperatorOptions options, TimeProvider time)
{
    /// <summary>One day of the archive is read in a minute. Each of almost four years is read once a day.</summary>
    private const int MostDays = 1400;
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private DateTimeOffset next;
    private int daysRead;

    /// <summary>Archives a recovery, unless something has changed since it was read.</summary>
    /// <returns>How many were archived.</returns>
    public async Task<int> AddAsync(Recovery recovery, CancellationToken cancellation) => Added(await cache.Recoveries.Api.ReplaceAsync(
        recovery with { Status = recovery.Status! with { Archived = Name(recovery.Status.EndedAt!.Value) } }, "status", cancellation));

    /// <summary>Archives a finding with its recovery, unless something has changed since it was read.</summary>
    /// <returns>How many were archived.</returns>
    public async Task<int> AddAsync(SecurityFinding finding, string day, CancellationToken cancellation) => Added(await cache.SecurityFindings.Api.ReplaceAsync(
        finding with { Status = finding.Status! with { Archived = day } }, "status", cancellation));

    /// <summary>What has had its time of the next day of the archive, recoveries before findings; nothing before a minute has passed.</summary>
    public async Task<IReadOnlyList<DueRecord>> DueAsync(int most, Func<ObjectKey, bool> isStaying, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (now < next || options.KeepRecoveries <= TimeSpan.Zero || !cache.Recoveries.IsSelective || !cache.SecurityFindings.IsSelective)
            return [];
        Selection day = new() { FieldSelector = $"status.archived={Name(now - options.KeepRecoveries - TimeSpan.FromDays(daysRead))}" };
        List<DueRecord> due = [];
        (await cache.Recoveries.Api.EachAsync(day, r => Take(r, ages.HasHadItsTime, DueRecord.Of), cancellation)).Required();
        (await cache.SecurityFindings.Api.EachAsync(day, f => Take(f, ages.HasHadItsTime, DueRecord.Of), cancellation)).Required();
        (next, daysRead) = (now + Pace, (daysRead + 1) % MostDays);
        return due;

        void Take<T>(T record, Func<T, DateTimeOffset, bool> hasHadItsTime, Func<T, DueRecord> of)
        {
            if (due.Count < most && hasHadItsTime(record, now) && of(record) is var found && !isStaying(found.Key))
                due.Add(found);
        }
    }

    private static string Name(DateTimeOffset day) => day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static int Added<T>(ApiResult<T> written)
    {
        if (written is ApiResult<T>.Conflict or ApiResult<T>.NotFound)
            return 0;
        written.Required();
        return 1;
    }
}
