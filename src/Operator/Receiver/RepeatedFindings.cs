using System.Collections.Concurrent;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Receiver;

/// <summary>Counts what was found before, and writes the counts together: a detector in a loop must not become a loop of writes.</summary>
internal sealed partial class RepeatedFindings(ClusterCache cache, OperatorOptions options, TimeProvider time, ILogger<RepeatedFindings> logger) : BackgroundService
{
    /// <summary>Counts are written once a finding has not been repeated for this long.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Of one that keeps coming they are written this often: during a storm, containing comes before counting.</summary>
    private static readonly TimeSpan LongestUnwritten = TimeSpan.FromMinutes(1);

    /// <summary>After a storm a thousand findings have repeats; one after the other they would be late by minutes.</summary>
    private const int WrittenAtOnce = 8;

    private readonly ConcurrentDictionary<string, Unwritten> counts = new();

    public void Count(string name, DateTimeOffset seenAt)
    {
        var now = time.GetUtcNow();
        Add(name, new(1, seenAt, now, now));
    }

    /// <summary>An exception means that they are still to be written, and will be.</summary>
    public async Task WriteAsync(string name, CancellationToken cancellation)
    {
        if (!counts.TryRemove(name, out var count))
            return;
        try
        {
            var found = await cache.SecurityFindings.Api.GetAsync(new(options.Namespace, name), cancellation);
            if (found is ApiResult<SecurityFinding>.NotFound)
                return;
            var finding = found.Required();
            var status = finding.Status is null ? new() : finding.Status with { };
            status.Count += count.Times;
            status.LastSeenAt = status.LastSeenAt > count.LastSeenAt ? status.LastSeenAt : count.LastSeenAt;
            (await cache.SecurityFindings.Api.ReplaceAsync(finding with { Status = status }, "status", cancellation)).Required();
        }
        catch (Exception failure) when (failure is ApiUnavailableException or OperationCanceledException)
        {
            Add(name, count);
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
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
    private readonly record struct Unwritten(long Times, DateTimeOffset LastSeenAt, DateTimeOffset FirstAt, DateTimeOffset LatestAt)
    {
        public Unwritten And(Unwritten other) =>
            new(Times + other.Times, Later(LastSeenAt, other.LastSeenAt), FirstAt < other.FirstAt ? FirstAt : other.FirstAt, Later(LatestAt, other.LatestAt));

        private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
    }
}
