using System.Collections.Concurrent;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Findings;
using Operator.Runtime;

namespace Operator.Receiver;

/// <summary>Counts what was found before, and writes the counts together: a detector in a loop must not become a loop of writes.</summary>
internal sealed partial class RepeatedFindings(ClusterCache cache, TimeProvider time, ILogger<RepeatedFindings> logger) : BackgroundService
{
    /// <summary>Counts are written once a finding has not been repeated for this long.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Of one that keeps coming they are written this often: during a storm, containing comes before counting.</summary>
    private static readonly TimeSpan LongestUnwritten = TimeSpan.FromMinutes(1);

    /// <summary>After a storm a thousand findings have repeats; one after the other they would be late by minutes.</summary>
    private const int WrittenAtOnce = 8;

    /// <summary>Others write a finding's status, too, and are seldom in the way twice.</summary>
    private const int MostAttempts = 5;

    private readonly ConcurrentDictionary<string, Unwritten> counts = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> confirmed = new();

    /// <summary>The API server has just said that it has this finding.</summary>
    public void Confirm(string name) => confirmed[name] = time.GetUtcNow();

    /// <summary>Whether it said so a moment ago: a cache alone may show what was deleted.</summary>
    public bool IsConfirmed(string name) => confirmed.TryGetValue(name, out var at) && time.GetUtcNow() - at < Period;

    public void Count(SecurityFinding finding, DateTimeOffset seenAt)
    {
        var now = time.GetUtcNow();
        Add(finding.Metadata.Name, new(finding with { Spec = finding.Spec with { Fields = [], Message = null } }, 1, seenAt, now, now));
    }

    /// <summary>Counts an arrival that may say more than those before, and writes that before the sender hears of it.</summary>
    public async Task RaiseAsync(SecurityFinding arrived, DateTimeOffset seenAt, CancellationToken cancellation)
    {
        Count(arrived, seenAt);
        await WriteAsync(arrived.Metadata.Name, cancellation, arrived);
    }

    /// <summary>An exception means that they are still to be written, and will be.</summary>
    public async Task WriteAsync(string name, CancellationToken cancellation, SecurityFinding? arrived = null)
    {
        if (!counts.TryRemove(name, out var count))
            return;
        try
        {
            for (var attempt = 1; !await TryWriteAsync(count, arrived, cancellation); attempt++)
            {
                if (attempt == MostAttempts)
                    throw new ApiUnavailableException($"the status of {name} changes too often");
            }
        }
        catch (Exception failure) when (failure is ApiUnavailableException or OperationCanceledException)
        {
            Add(name, count);
            throw;
        }
    }

    /// <summary>False where somebody else wrote in between. A finding that was deleted while it was counted is stored again: its sender was answered that it is.</summary>
    private async Task<bool> TryWriteAsync(Unwritten count, SecurityFinding? arrived, CancellationToken cancellation)
    {
        var found = await cache.SecurityFindings.Api.GetAsync(ObjectKey.Of(count.Finding.Metadata), cancellation);
        if (found is ApiResult<SecurityFinding>.NotFound)
        {
            var again = await cache.SecurityFindings.Api.CreateAsync(arrived ?? count.Finding, cancellation);
            return again is not ApiResult<SecurityFinding>.AlreadyExists && again.Required() is not null;
        }
        var finding = found.Required();
        var status = finding.Status is null ? new() : finding.Status with { Tags = [.. finding.Status.Tags] };
        status.Count += count.Times;
        // It comes back into the caches.
        status.Archived = null;
        status.LastSeenAt = status.LastSeenAt > count.LastSeenAt ? status.LastSeenAt : count.LastSeenAt;
        if (arrived is not null && finding.IsRaisedBy(arrived.Spec))
            Raise(finding, status, arrived.Spec);
        var written = await cache.SecurityFindings.Api.ReplaceAsync(finding with { Status = status }, "status", cancellation);
        return written is not ApiResult<SecurityFinding>.Conflict && written.Required() is not null;
    }

    private void Raise(SecurityFinding finding, SecurityFindingStatus status, SecurityFindingSpec arrived)
    {
        var known = finding.AllTags();
        if (arrived.Severity > finding.HighestSeverity())
            status.HighestSeverity = arrived.Severity;
        status.Tags.AddRange(arrived.Tags.Except(known).Take(FindingFacts.MostTags - known.Count));
        // Who decides may have a clock that is ahead of this one: what was raised is always later than what was decided without it.
        var now = time.GetUtcNow();
        status.RaisedAt = status.DecidedAt >= now ? status.DecidedAt.Value.AddMilliseconds(1) : now;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            foreach (var (name, _) in confirmed.Where(c => now - c.Value >= Period))
                confirmed.TryRemove(name, out _);
            var due = counts.Where(c => now - c.Value.LatestAt >= Period || now - c.Value.FirstAt >= LongestUnwritten).Select(c => c.Key);
            await WriteAsync(due, stoppingToken);
        }
    }

    /// <summary>A process that is stopped properly leaves nothing unwritten; the receiver has stopped before.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await WriteAsync(counts.Keys, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // There is no more time.
        }
    }

    private Task WriteAsync(IEnumerable<string> names, CancellationToken stop) =>
        Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = WrittenAtOnce, CancellationToken = stop }, async (name, cancellation) =>
        {
            try
            {
                await WriteAsync(name, cancellation);
            }
            catch (ApiUnavailableException failure)
            {
                Delayed(name, failure.Message);
            }
        });

    private void Add(string name, Unwritten more) => counts.AddOrUpdate(name, more, (_, before) => before.And(more));

    [LoggerMessage(LogLevel.Warning, "repeats of {finding} are counted later: {why}")]
    private partial void Delayed(string finding, string why);

    /// <summary>What was counted of a finding since it was last written, and when the first and the latest of it came.</summary>
    private readonly record struct Unwritten(SecurityFinding Finding, long Times, DateTimeOffset LastSeenAt, DateTimeOffset FirstAt, DateTimeOffset LatestAt)
    {
        public Unwritten And(Unwritten other) =>
            new(Finding, Times + other.Times, Later(LastSeenAt, other.LastSeenAt), FirstAt < other.FirstAt ? FirstAt : other.FirstAt, Later(LatestAt, other.LatestAt));

        private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
    }
}
