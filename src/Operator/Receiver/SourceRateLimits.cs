using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Operator.Api.V1Alpha1;

namespace Operator.Receiver;

/// <summary>A token bucket for each source, made anew when its spec changes.</summary>
internal sealed class SourceRateLimits : IDisposable
{
    private readonly ConcurrentDictionary<string, (SourceRateLimit Limit, RateLimiter Limiter)> limiters = new();

    public bool Allows(FindingSource source)
    {
        var (_, limiter) = limiters.AddOrUpdate(
            source.Metadata.Name,
            _ => (source.Spec.RateLimit, Create(source.Spec.RateLimit)),
            (_, known) => known.Limit == source.Spec.RateLimit ? known : (source.Spec.RateLimit, Create(source.Spec.RateLimit)));
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired;
    }

    public void Dispose()
    {
        foreach (var (_, limiter) in limiters.Values)
            limiter.Dispose();
    }

    private static TokenBucketRateLimiter Create(SourceRateLimit limit)
    {
        // About ten times a second, and exactly as many as were asked for.
        var tokens = (int)Math.Ceiling(limit.PerSecond / 10.0);
        return new(new()
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokens / limit.PerSecond),
            QueueLimit = 0,
            AutoReplenishment = true,
        });
    }
}
