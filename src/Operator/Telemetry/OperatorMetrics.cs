using System.Diagnostics.Metrics;

namespace Operator.Telemetry;

/// <summary>What this operator measures. The exporter puts the meter's name before each instrument's: immutable_recovery_….</summary>
internal sealed class OperatorMetrics
{
    public const string MeterName = "immutable_recovery";

    private readonly Counter<long> received;
    private readonly Counter<long> started;
    private readonly Counter<long> ended;
    private readonly Histogram<double> timeToContain;
    private readonly Histogram<double> timeToRecover;
    private readonly Meter meter;

    public OperatorMetrics(IMeterFactory factory)
    {
        meter = factory.Create(MeterName);
        received = meter.CreateCounter<long>("findings_received_total", description: "Findings and refused requests, by source and outcome.");
        started = meter.CreateCounter<long>("recoveries_started_total", description: "Recoveries claimed.");
        ended = meter.CreateCounter<long>("recoveries_ended_total", description: "Recoveries ended, by outcome and reason.");
        timeToContain = meter.CreateHistogram<double>("time_to_contain_seconds", "s", "From detection to containment.");
        timeToRecover = meter.CreateHistogram<double>("time_to_recover_seconds", "s", "From detection to a verified replacement.");
    }

    public void Received(string source, string outcome, int count) =>
        received.Add(count, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("outcome", outcome));

    public void RecoveryStarted(string policy) => started.Add(1, new KeyValuePair<string, object?>("policy", policy));

    public void RecoveryEnded(string outcome, string reason) =>
        ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome), new KeyValuePair<string, object?>("reason", reason));

    public void Contained(TimeSpan afterDetection) => timeToContain.Record(afterDetection.TotalSeconds);

    public void Recovered(TimeSpan afterDetection) => timeToRecover.Record(afterDetection.TotalSeconds);

    /// <summary>Recoveries by phase, read when scraped.</summary>
    public void ObserveRecoveries(Func<IEnumerable<(string Phase, int Count)>> read) =>
        meter.CreateObservableGauge("recoveries", () => read().Select(r =>
            new Measurement<int>(r.Count, new KeyValuePair<string, object?>("phase", r.Phase))), description: "Recoveries by phase.");

    /// <summary>1 for each optional role that is granted in the whole cluster, 0 for one that is not, read when scraped.</summary>
    public void ObserveRoles(Func<IEnumerable<(string Role, bool Granted)>> read) =>
        meter.CreateObservableGauge("role_granted", () => read().Select(r =>
            new Measurement<int>(r.Granted ? 1 : 0, new KeyValuePair<string, object?>("role", r.Role))),
            description: "1 for each optional ClusterRole that the operator has in the whole cluster, 0 for one that it lacks.");

    /// <summary>1 while a policy's breaker is open, read when scraped.</summary>
    public void ObserveBreakers(Func<IEnumerable<(string Policy, bool Open)>> read) =>
        meter.CreateObservableGauge("breaker_open", () => read().Select(b =>
            new Measurement<int>(b.Open ? 1 : 0, new KeyValuePair<string, object?>("policy", b.Policy))),
            description: "1 while the breaker of a policy holds replacements back.");
}
