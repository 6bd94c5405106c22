using Prometheus;

namespace Operator.Runtime;

/// <summary>
/// The metrics of one operator, in a registry of their own: two operators in one process, as in a test, do not count together.
/// It remembers what it made, so that the reference can be written from it. A metric without labels is there at zero from the start;
/// of the others those label values should be made at once that are known, or rate() and increase() miss the first of what they count.
/// </summary>
public sealed class MetricSet
{
    private const string Prefix = "immutable_recovery_";

    /// <summary>From ten milliseconds to an hour.</summary>
    private static readonly double[] Buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

    private readonly MetricFactory factory;
    private readonly List<Collector> all = [];

    public MetricSet()
    {
        Registry = Metrics.NewCustomRegistry();
        factory = Metrics.WithCustomRegistry(Registry);
    }

    public CollectorRegistry Registry { get; }

    public IReadOnlyList<Collector> All => all;

    /// <summary>Of what happened; its name ends in _total.</summary>
    public Counter Counter(string name, string help, params string[] labels) => Added(factory.CreateCounter(Prefix + name, help, labels));

    /// <summary>Of what is so now.</summary>
    public Gauge Gauge(string name, string help, params string[] labels) => Added(factory.CreateGauge(Prefix + name, help, labels, new GaugeConfiguration { SuppressInitialValue = labels.Length > 0 }));

    /// <summary>Of durations; its name ends in _seconds.</summary>
    public Histogram Histogram(string name, string help, params string[] labels) => Added(factory.CreateHistogram(Prefix + name, help, labels, new HistogramConfiguration { Buckets = Buckets }));

    private T Added<T>(T collector)
        where T : Collector
    {
        all.Add(collector);
        return collector;
    }
}
