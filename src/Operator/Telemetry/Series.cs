using Prometheus;

namespace Operator.Telemetry;

/// <summary>The series of a metric with labels.</summary>
internal static class Series
{
    /// <summary>Those of what is gone go, too: they would stand at their last value for ever.</summary>
    public static void Keep(Collector<Counter.Child> metric, Func<string[], bool> isThere)
    {
        foreach (var gone in metric.GetAllLabelValues().Where(labels => !isThere(labels)).ToList())
            metric.RemoveLabelled(gone);
    }

    /// <summary>Exactly these, of a metric with one label.</summary>
    public static void Show(Gauge metric, IEnumerable<(string Label, double Value)> values) =>
        Show(metric, values.Select(v => ((string[])[v.Label], v.Value)));

    /// <summary>Exactly these.</summary>
    public static void Show(Gauge metric, IEnumerable<(string[] Labels, double Value)> values)
    {
        HashSet<string> shown = [];
        foreach (var (labels, value) in values)
        {
            metric.WithLabels(labels).Set(value);
            shown.Add(string.Join('\n', labels));
        }
        foreach (var gone in metric.GetAllLabelValues().Where(labels => !shown.Contains(string.Join('\n', labels))).ToList())
            metric.RemoveLabelled(gone);
    }
}
