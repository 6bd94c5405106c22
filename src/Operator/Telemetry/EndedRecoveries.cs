using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Telemetry;

/// <summary>
/// Counts the recoveries that have ended, change by change: a hundred thousand of them must not be gone through with each scrape.
/// </summary>
internal sealed class EndedRecoveries
{
    private readonly Lock gate = new();
    private readonly RecoveryAuthority authority;
    private readonly TimeProvider time;
    private readonly Dictionary<string, int> phases = [];
    private readonly Dictionary<ObjectKey, (string Outcome, DateTimeOffset At)> lately = [];

    public EndedRecoveries(ClusterCache cache, RecoveryAuthority authority, TimeProvider time)
    {
        (this.authority, this.time) = (authority, time);
        cache.Recoveries.Subscribe(Follow);
    }

    /// <summary>How many there are, by phase.</summary>
    public IReadOnlyDictionary<string, int> Phases
    {
        get
        {
            lock (gate)
                return new Dictionary<string, int>(phases);
        }
    }

    /// <summary>The outcomes of those that ended within the hour.</summary>
    public IReadOnlyList<string> OutcomesOfTheHour
    {
        get
        {
            lock (gate)
            {
                var since = time.GetUtcNow() - Limits.Hour;
                foreach (var old in lately.Where(l => l.Value.At <= since).Select(l => l.Key).ToList())
                    lately.Remove(old);
                return [.. lately.Values.Select(l => l.Outcome)];
            }
        }
    }

    private void Follow(Change<Recovery> change)
    {
        lock (gate)
        {
            if (PhaseOf(change.Before) is { } before && --phases[before] == 0)
                phases.Remove(before);
            if (PhaseOf(change.Now) is { } now)
                phases[now] = phases.GetValueOrDefault(now) + 1;
            var key = ObjectKey.Of(change.Any.Metadata);
            if (PhaseOf(change.Now) is not null && change.Now!.Status is { Outcome: { } outcome, EndedAt: { } at } && at > time.GetUtcNow() - Limits.Hour)
                lately[key] = (outcome, at);
            else
                lately.Remove(key);
        }
    }

    /// <summary>Null of one that has not ended, or that the operator did not make.</summary>
    private string? PhaseOf(Recovery? recovery) => recovery is { Status: { Outcome: not null } status } && authority.Believes(recovery) ? status.Phase ?? "Pending" : null;
}
