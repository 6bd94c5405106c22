using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Recoveries;
using Operator.Runtime;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>How findings and recoveries stand, read from the caches when scraped: the same on every replica.</summary>
internal sealed class RecoveryMetrics
{
    private const string Blocked = "Blocked";
    private const string AwaitingApproval = "AwaitingApproval";
    private static readonly string[] UnderWay = ["Pending", "Containing", "CapturingEvidence", AwaitingApproval, "Replacing", "Verifying", Blocked];

    private readonly ClusterCache cache;
    private readonly RecoveryAuthority authority;
    private readonly TimeProvider time;
    private readonly EndedRecoveries ended;
    private readonly Gauge findings;
    private readonly Gauge phases;
    private readonly Gauge active;
    private readonly Gauge waiting;
    private readonly Gauge blocked;
    private readonly Gauge endedLately;
    private readonly Gauge uncontained;
    private readonly Gauge notContained;
    private readonly Gauge oldest;

    public RecoveryMetrics(MetricSet metrics, ClusterCache cache, RecoveryAuthority authority, TimeProvider time)
    {
        (this.cache, this.authority, this.time, ended) = (cache, authority, time, new(cache, authority, time));
        findings = metrics.Gauge("findings", "SecurityFindings that are stored and not archived, by state.", "state");
        phases = metrics.Gauge("recoveries", "Recoveries by phase; ended ones until they are archived.", "phase");
        active = metrics.Gauge("recoveries_active", "Recoveries that have not ended.");
        waiting = metrics.Gauge("recoveries_waiting", "Recoveries that wait for approval or for a limit.");
        blocked = metrics.Gauge("recoveries_blocked", "Recoveries that wait for a person or for something to change, by reason.", "reason");
        endedLately = metrics.Gauge("recoveries_ended_last_hour", "Recoveries that ended within the last hour, by outcome.", "outcome");
        uncontained = metrics.Gauge("recoveries_containment_unknown", "Recoveries under way whose pod is labelled but cannot be shown to be isolated, by reason.", "reason");
        notContained = metrics.Gauge("recoveries_not_contained", "Recoveries under way whose pod could not be isolated: the API server refused it, or failed several times.");
        oldest = metrics.Gauge("recovery_oldest_seconds", "Since the detection of the oldest recovery that is under way, neither Blocked nor AwaitingApproval; 0 without one.");
        metrics.Registry.AddBeforeCollectCallback(Read);
    }

    private void Read()
    {
        var now = time.GetUtcNow();
        List<Recovery> open = [.. cache.GoingRecoveries.Where(authority.Believes)];
        string PhaseOf(Recovery recovery) => recovery.Status?.Phase ?? "Pending";

        Series.Show(findings, Each(Enum.GetNames<FindingState>(), cache.SecurityFindings.Store.All.Select(f => (f.Status?.State ?? FindingState.Pending).ToString())));
        var byPhase = Each([.. UnderWay, .. Enum.GetNames<Outcome>()], open.Select(PhaseOf)).ToDictionary(p => p.Item1, p => p.Item2);
        foreach (var (phase, count) in ended.Phases)
            byPhase[phase] = byPhase.GetValueOrDefault(phase) + count;
        Series.Show(phases, byPhase.Select(p => (p.Key, p.Value)));
        active.Set(open.Count);
        waiting.Set(open.Count(r => r.Status?.Reason is Reasons.AwaitingApproval or Reasons.ContainmentLimit or Reasons.ReplacementLimit or Reasons.WorkloadBusy or Reasons.NodeBusy or Reasons.BreakerOpen));
        Series.Show(blocked, Each([], open.Where(r => PhaseOf(r) == Blocked).Select(r => r.Status!.Reason ?? "")));
        Series.Show(endedLately, Each(Enum.GetNames<Outcome>(), ended.OutcomesOfTheHour));
        Series.Show(uncontained, Each(RecoveryConditions.Unenforced, open.SelectMany(r => r.Status?.Conditions ?? []).Where(c => c is { Type: "Contained", Status: "Unknown" } && RecoveryConditions.Unenforced.Contains(c.Reason)).Select(c => c.Reason)));
        notContained.Set(open.Count(r => r.Status?.Conditions.Any(c => c is { Type: "Contained", Status: "False", Reason: RecoveryConditions.IsolationFailed }) is true));
        oldest.Set(open.Where(r => PhaseOf(r) is not (Blocked or AwaitingApproval))
            .Select(r => (now - (r.Status?.DetectedAt ?? r.Metadata.CreationTimestamp ?? now.UtcDateTime)).TotalSeconds).DefaultIfEmpty(0).Max());
    }

    /// <summary>How often each value is there; the known ones in any case.</summary>
    private static IEnumerable<(string, double)> Each(IEnumerable<string> known, IEnumerable<string> found)
    {
        var counts = known.ToDictionary(value => value, _ => 0.0);
        foreach (var value in found)
            counts[value] = counts.GetValueOrDefault(value) + 1;
        return counts.Select(c => (c.Key, c.Value));
    }
}
