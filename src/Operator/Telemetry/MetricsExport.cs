using System.Diagnostics.Metrics;
using Operator.Recoveries;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>Exports the meters of this host, and of no other in the process, in Prometheus' format.</summary>
internal static class MetricsExport
{
    public static CollectorRegistry Start(IMeterFactory factory, IServiceProvider services)
    {
        var registry = Metrics.NewCustomRegistry();
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(
            MeterAdapter.StartListening(new MeterAdapterOptions
            {
                Registry = registry,
                InstrumentFilterPredicate = instrument => instrument.Meter.Name == "operator_runtime" || ReferenceEquals(instrument.Meter.Scope, factory),
            }).Dispose);
        return registry;
    }
}
