using System.Diagnostics.Metrics;
using Operator.Recoveries;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>Exports the meters of this host, and of no other in the process, in Prometheus' format.</summary>
internal static class MetricsExport
{
    /// <summary>From tens of milliseconds to an hour.</summary>
    private static readonly double[] Buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

    /// <summary>What is not counted for this long is forgotten; the exporter allows no more.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    public static CollectorRegistry Start(IMeterFactory factory, IServiceProvider services)
    {
        var registry = Metrics.NewCustomRegistry();
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(
            MeterAdapter.StartListening(new MeterAdapterOptions
            {
                Registry = registry,
                MetricFactory = Metrics.WithCustomRegistry(registry),
                MetricsExpireAfter = Memory,
                ResolveHistogramBuckets = _ => Buckets,
                InstrumentFilterPredicate = instrument => instrument.Meter.Name == "operator_runtime" || ReferenceEquals(instrument.Meter.Scope, factory),
            }).Dispose);
        return registry;
    }
}
