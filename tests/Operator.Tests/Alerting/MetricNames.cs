using Microsoft.Extensions.DependencyInjection;
using Operator.Runtime;
using Prometheus;

namespace Operator.Tests.Alerting;

/// <summary>What the operator exports, as an operator says that was built and never started.</summary>
internal static class MetricNames
{
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    /// <summary>Those that the exporter adds of the process; a test of the live endpoint sees them.</summary>
    private static readonly string[] OfTheProcess =
    [
        "process_cpu_seconds_total", "process_start_time_seconds", "process_working_set_bytes", "process_private_memory_bytes", "process_virtual_memory_bytes",
        "process_num_threads", "process_open_handles", "dotnet_total_memory_bytes", "dotnet_collection_count_total",
    ];

    public static IReadOnlyList<string> OfTheOperator { get; } = [.. Collectors().Select(c => c.Name)];

    public static IReadOnlyList<string> All { get; } = [.. Collectors().SelectMany(c => c is Histogram ? Suffixes.Select(s => c.Name + s) : [c.Name]), .. OfTheProcess];

    public static string WithoutSuffix(string name) =>
        OfTheOperator.Contains(name) ? name : Suffixes.Where(s => name.EndsWith(s, StringComparison.Ordinal)).Select(s => name[..^s.Length]).FirstOrDefault() ?? name;

    private static IReadOnlyList<Collector> Collectors()
    {
        using var program = OperatorHost.Build(new OperatorOptions(), new k8s.KubernetesClientConfiguration { Host = "http://127.0.0.1:1" }, TimeProvider.System);
        return program.Services.GetRequiredService<MetricSet>().All;
    }
}
