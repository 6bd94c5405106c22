using Operator.Isolation;
using Operator.Runtime;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>What isolates quarantined pods, as this replica sees it.</summary>
internal sealed class IsolationMetrics
{
    public IsolationMetrics(MetricSet metrics, ClusterIsolation isolation)
    {
        var dialects = metrics.Gauge(
            "isolation", "1 for what isolates quarantined pods: Cilium, Calico, ClusterNetworkPolicy or AdminNetworkPolicy where config/isolation is in force, else NetworkPolicy.", "dialect");
        metrics.Registry.AddBeforeCollectCallback(() => Series.Show(
            dialects, IsolationDialect.All.Select(d => d.Name).Append(IsolationState.NetworkPolicy).Select(name => (name, isolation.Current.Dialect == name ? 1.0 : 0))));
    }
}
