using System.Text;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Operator;
using Operator.Runtime;
using Prometheus;

namespace ReferenceGenerator;

/// <summary>Every metric of the operator, as it makes them.</summary>
internal static class MetricsReference
{
    private const string Header = """
        # Metrics

        Generated from the code by `make generate`. Do not edit.

        `/metrics` on port 8080 serves these beside the usual `process_*` and `dotnet_*`. Every replica exports all of them. What is counted (`_total`, and
        the histograms) is what that replica did: `sum` it. Gauges of recoveries, findings, policies and sources are read from the caches and are the same on
        every replica: take the `max`. What only the leader knows (the budgets, the breaker, what is in flight) is 0 elsewhere: take the `max` here, too.

        Labels are bounded: by what is registered on the cluster (sources, policies) or by the code. No pod is ever one. `policy` is NAME for a
        ClusterRecoveryPolicy and NAMESPACE/NAME for a RecoveryPolicy. A series whose labels are known is there at zero before anything happens,
        so that `increase()` sees the first.

        | metric | type | labels | what it is |
        |---|---|---|---|

        """;

    public static string Write()
    {
        // Built, never started: it connects to nothing.
        using var program = OperatorHost.Build(new OperatorOptions(), new KubernetesClientConfiguration { Host = "http://127.0.0.1:1" }, TimeProvider.System);
        var text = new StringBuilder(Header);
        foreach (var metric in program.Services.GetRequiredService<MetricSet>().All.OrderBy(m => m.Name, StringComparer.Ordinal))
            text.Append($"| `{metric.Name}` | {TypeOf(metric)} | {string.Join(", ", metric.LabelNames.Select(l => $"`{l}`"))} | {metric.Help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        return text.ToString();
    }

    private static string TypeOf(Collector metric) => metric switch
    {
        Counter => "counter",
        Gauge => "gauge",
        Histogram => "histogram",
        _ => throw new InvalidOperationException($"{metric.Name} is of a type that nobody has described"),
    };
}
