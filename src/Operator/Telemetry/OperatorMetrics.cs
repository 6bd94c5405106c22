using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>What this replica did, counted when it does it.</summary>
internal sealed class OperatorMetrics
{
    /// <summary>What becomes of a finding.</summary>
    public static readonly IReadOnlyList<string> FindingOutcomes = ["Stored", "Repeated", "Rejected", "Capped"];

    /// <summary>Why a request is refused.</summary>
    public static readonly IReadOnlyList<string> Rejections = ["NotEncrypted", "Unauthenticated", "TooLarge", "TooSlow", "Unreadable", "NotAllowed", "Capped", "Busy"];

    /// <summary>What changes the cluster; other steps change the record only.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        nameof(Step.InstallQuarantinePolicy), nameof(Step.Contain), nameof(Step.ContainSibling), nameof(Step.Cordon), nameof(Step.Uncordon), nameof(Step.Evict),
        nameof(Step.CaptureEvidence), nameof(Step.Revoke), nameof(Step.HoldRollout), nameof(Step.PinDeployment), nameof(Step.PinTemplate),
        nameof(Step.MarkFirstInRollout), nameof(Step.DetachOriginal), nameof(Step.Delete), nameof(Step.Unpause),
    ];

    private static readonly string[] StepResults = ["Done", "Outdated", "Held", "Refused", StepFailed];

    /// <summary>It ended in an exception, and is tried again.</summary>
    public const string StepFailed = "Failed";

    private readonly Gauge leader;
    private readonly Counter findings;
    private readonly Counter rejections;
    private readonly Counter connectionsClosed;
    private readonly Counter started;
    private readonly Counter ended;
    private readonly Histogram timeToContain;
    private readonly Histogram timeToRecover;
    private readonly Counter steps;
    private readonly Histogram stepSeconds;

    public OperatorMetrics(MetricSet metrics)
    {
        metrics.Gauge("build_info", "Always 1; the version is its label.", "version").WithLabels(typeof(OperatorMetrics).Assembly.GetName().Version!.ToString(3)).Set(1);
        leader = metrics.Gauge("leader", "1 on the replica that leads, and acts.");
        findings = metrics.Counter("findings_received_total", "Findings that this replica received, by source, severity and outcome: Stored, Repeated, Rejected, or Capped, which is refused because its source has too many stored.", "source", "severity", "outcome");
        rejections = metrics.Counter("receiver_rejections_total", "Requests and findings that the receiver refused, by source and reason. The source is empty where no FindingSource has the name that was asked for.", "source", "reason");
        connectionsClosed = metrics.Counter("receiver_connections_closed_total", "Connections that a full port closed, or did not take, since their address held more than others.");
        started = metrics.Counter("recoveries_started_total", "Recoveries claimed, by policy.", "policy");
        ended = metrics.Counter("recoveries_ended_total", "Recoveries ended, by outcome.", "outcome");
        timeToContain = metrics.Histogram("time_to_contain_seconds", "From detection to containment.");
        timeToRecover = metrics.Histogram("time_to_recover_seconds", "From detection to a verified replacement, its soak included.");
        steps = metrics.Counter("steps_total", "Steps that change the cluster, by result: Done; Outdated, which is looked at again; Held by a disruption budget; Refused by the API server; Failed, which is tried again.", "step", "result");
        stepSeconds = metrics.Histogram("step_seconds", "How long a step took.", "step");

        foreach (var reason in Rejections.Take(2))
            rejections.WithLabels("", reason);
        foreach (var outcome in Enum.GetNames<Outcome>())
            ended.WithLabels(outcome);
        foreach (var step in Steps)
        {
            stepSeconds.WithLabels(step);
            foreach (var result in StepResults)
                steps.WithLabels(step, result);
        }
    }

    public void Leads(bool leads) => leader.Set(leads ? 1 : 0);

    public void Received(string source, FindingSeverity severity, string outcome) => findings.WithLabels(source, severity.ToString(), outcome).Inc();

    public void Rejected(string source, string reason) => rejections.WithLabels(source, reason).Inc();

    public void ConnectionClosed() => connectionsClosed.Inc();

    public void RecoveryStarted(string policy) => started.WithLabels(policy).Inc();

    public void RecoveryEnded(string outcome) => ended.WithLabels(outcome).Inc();

    public void Contained(TimeSpan afterDetection) => timeToContain.Observe(afterDetection.TotalSeconds);

    public void Recovered(TimeSpan afterDetection) => timeToRecover.Observe(afterDetection.TotalSeconds);

    public void Performed(Step step, string result, TimeSpan took)
    {
        steps.WithLabels(step.GetType().Name, result).Inc();
        stepSeconds.WithLabels(step.GetType().Name).Observe(took.TotalSeconds);
    }

    /// <summary>Of a source or policy that is there every series is; of one that is gone none.</summary>
    public void Know(IReadOnlySet<string> sources, IReadOnlySet<string> policies)
    {
        foreach (var source in sources)
        {
            foreach (var reason in Rejections)
                rejections.WithLabels(source, reason);
            foreach (var severity in Enum.GetNames<FindingSeverity>())
                foreach (var outcome in FindingOutcomes)
                    findings.WithLabels(source, severity, outcome);
        }
        foreach (var policy in policies)
            started.WithLabels(policy);
        Series.Keep(findings, labels => sources.Contains(labels[0]));
        Series.Keep(rejections, labels => labels[0].Length == 0 || sources.Contains(labels[0]));
        Series.Keep(started, labels => policies.Contains(labels[0]));
    }
}
