using k8s.Models;
using Operator.Access;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Findings;
using Operator.Recoveries;
using Operator.Runtime;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>How policies, their budgets and the sources stand, read when scraped. What is in flight and used up only the leader knows; elsewhere it is 0.</summary>
internal sealed class PolicyMetrics
{
    private readonly ClusterCache cache;
    private readonly RecoveryLedger ledger;
    private readonly OperatorAccess access;
    private readonly OperatorMetrics counted;
    private readonly LiveFindings findings;
    private readonly TimeProvider time;
    private readonly Gauge lastHeard;
    private readonly Gauge stored;
    private readonly Gauge unresolved;
    private readonly Gauge waiting;
    private readonly Gauge containmentUsed;
    private readonly Gauge replacementUsed;
    private readonly Gauge inFlight;
    private readonly Gauge breakerOpen;
    private readonly Gauge info;
    private readonly Gauge pods;
    private readonly Gauge trusted;
    private readonly Gauge roles;

    public PolicyMetrics(MetricSet metrics, ClusterCache cache, RecoveryLedger ledger, OperatorAccess access, OperatorMetrics counted, LiveFindings findings, OperatorOptions options, TimeProvider time)
    {
        (this.cache, this.ledger, this.access, this.counted, this.findings, this.time) = (cache, ledger, access, counted, findings, time);
        lastHeard = metrics.Gauge("source_last_heard_timestamp_seconds", "When a source last sent an authenticated request, in seconds since 1970; 0 for one never heard.", "source");
        stored = metrics.Gauge("source_findings", "SecurityFindings of a source that are stored.", "source");
        metrics.Gauge("source_findings_limit", "Stored findings of one source from which on those that mean no pod are refused.").Set(options.MaxFindingsPerSource);
        unresolved = metrics.Gauge("source_unresolved_findings", "SecurityFindings of a source that are stored and mean no pod that is there.", "source");
        waiting = metrics.Gauge("waiting_findings", "SecurityFindings made by hand that wait, since their namespace has as many as are worked on; counted to as many again.", "namespace");
        containmentUsed = metrics.Gauge("containment_budget_used_ratio", "Share of limits.contain that is used in the namespace where most of it is; from 1 on pods wait to be contained.", "policy");
        replacementUsed = metrics.Gauge("replacement_budget_used_ratio", "Replacements within the last hour, since the breaker was last reset, as a share of limits.replace.maxPerHour in the namespace where most of them were, or of four times as many in all namespaces; one more than 1 opens a breaker.", "policy");
        inFlight = metrics.Gauge("replacements_in_flight", "Replacements in flight in the whole cluster.");
        metrics.Gauge("replacements_in_flight_limit", "Replacements that may be in flight at once in the whole cluster.").Set(options.MaxConcurrentReplacements);
        breakerOpen = metrics.Gauge("breaker_open", "1 while a breaker of a policy holds replacements back, in one namespace or in all; the policy's status.breaker says where.", "policy");
        info = metrics.Gauge("policy_info", "Always 1; how far recoveries of a policy go by themselves is its label.", "policy", "mode");
        pods = metrics.Gauge("policy_pods", "Running pods that a policy selects, outside of protected namespaces.", "policy");
        trusted = metrics.Gauge("policy_trusted_pods", "Running pods that a policy selects and that could be rebuilt from a trusted digest.", "policy");
        roles = metrics.Gauge("role_granted", "1 for each optional ClusterRole that the operator has in the whole cluster, 0 for one that it lacks.", "role");
        metrics.Registry.AddBeforeCollectCallback(Read);
    }

    private void Read()
    {
        var now = time.GetUtcNow();
        (string Name, PolicySpec Spec, PolicyCoverage? Coverage, PolicyKey Key, DateTimeOffset? Reset) Of(V1ObjectMeta policy, PolicySpec spec, PolicyStatus? status) =>
            (PolicyKey.Of(policy).ToString(), spec, status?.Coverage, PolicyKey.Of(policy), Breakers.ResetOf(policy, now));
        List<(string Name, PolicySpec Spec, PolicyCoverage? Coverage, PolicyKey Key, DateTimeOffset? Reset)> policies =
        [
            .. cache.ClusterRecoveryPolicies.Store.All.Select(p => Of(p.Metadata, p.Spec, p.Status)),
            .. cache.RecoveryPolicies.Store.All.Select(p => Of(p.Metadata, p.Spec, p.Status)),
        ];
        List<FindingSource> sources = [.. cache.FindingSources.Store.All];
        counted.Know(sources.Select(s => s.Metadata.Name).ToHashSet(), policies.Select(p => p.Name).ToHashSet());

        Series.Show(lastHeard, sources.Select(s => (s.Metadata.Name, s.Status?.LastHeardAt is { } at ? at.ToUnixTimeMilliseconds() / 1000.0 : 0)));
        var open = cache.SecurityFindings.Store.All.Where(f => f.Status?.State is FindingState.Unresolved).GroupBy(f => f.Spec.Source).ToDictionary(g => g.Key, g => (double)g.Count());
        Series.Show(stored, sources.Select(s => (s.Metadata.Name, (double)findings.CountOf(s.Metadata.Name))));
        Series.Show(unresolved, sources.Select(s => (s.Metadata.Name, open.GetValueOrDefault(s.Metadata.Name))));
        Series.Show(waiting, findings.Crowded.Select(c => (c.Namespace, (double)c.Waiting)));
        Series.Show(containmentUsed, policies.Select(p => (p.Name, (double)ledger.MostContainedOf(p.Key, p.Spec.Limits.Contain.Per.Value) / p.Spec.Limits.Contain.MaxPerNamespace)));
        Series.Show(replacementUsed, policies.Select(p => (p.Name, ledger.StateOf(p.Key, p.Reset).UsedOf(p.Spec.Limits.Replace.MaxPerHour))));
        inFlight.Set(ledger.InFlight);
        Series.Show(breakerOpen, policies.Select(p => (p.Name, ledger.StateOf(p.Key, p.Reset) is { Breaker: null, Namespaces.Count: 0 } ? 0.0 : 1)));
        Series.Show(info, policies.Select(p => ((string[])[p.Name, p.Spec.Mode.ToString()], 1.0)));
        Series.Show(pods, policies.Where(p => p.Coverage is not null).Select(p => (p.Name, (double)p.Coverage!.Pods)));
        Series.Show(trusted, policies.Where(p => p.Coverage is not null).Select(p => (p.Name, (double)p.Coverage!.Trusted)));
        Series.Show(roles, OptionalRole.All.Select(r => (r.Name, access.Has(r) ? 1.0 : 0)));
    }
}
