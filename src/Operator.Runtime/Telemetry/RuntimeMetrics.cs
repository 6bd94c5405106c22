using Prometheus;

namespace Operator.Runtime;

/// <summary>How the controllers and caches of one operator do.</summary>
public sealed class RuntimeMetrics(MetricSet metrics)
{
    private static readonly string[] Results = ["done", "failed", "stopped"];

    private readonly Counter reconciles = metrics.Counter("reconciles_total", "Passes of a controller, by result.", "controller", "result");
    private readonly Histogram reconcileSeconds = metrics.Histogram("reconcile_seconds", "How long a pass of a controller took.", "controller");
    private readonly Gauge depth = metrics.Gauge("workqueue_depth", "Keys that wait for a controller.", "controller");
    private readonly Histogram waitSeconds = metrics.Histogram("workqueue_wait_seconds", "How long a key waited for a controller once it was due.", "controller");
    private readonly Counter retries = metrics.Counter("workqueue_retries_total", "Keys that came back after a pass that failed.", "controller");
    private readonly Counter restarts = metrics.Counter("watch_restarts_total", "Watches that ended, by why: Expired and Silent ones begin again with a list.", "resource", "reason");
    private readonly Gauge lastHeard = metrics.Gauge("watch_last_heard_timestamp_seconds", "When the watch of a resource last brought anything, be it a bookmark, in seconds since 1970.", "resource");

    internal QueueMetrics Queue(string controller) => new(waitSeconds.WithLabels(controller), retries.WithLabels(controller));

    /// <summary>Read when scraped.</summary>
    internal void ObserveDepth(string controller, Func<int> length)
    {
        var gauge = depth.WithLabels(controller);
        metrics.Registry.AddBeforeCollectCallback(() => gauge.Set(length()));
    }

    public ControllerMetrics Controller(string controller) =>
        new(Results.ToDictionary(result => result, result => reconciles.WithLabels(controller, result)), reconcileSeconds.WithLabels(controller));

    internal WatchMetrics Watch(string resource) =>
        new(Enum.GetValues<WatchEnd>().ToDictionary(why => why, why => restarts.WithLabels(resource, why.ToString())), lastHeard.WithLabels(resource));
}

/// <summary>Why a watch ended.</summary>
internal enum WatchEnd
{
    /// <summary>The server ended it, as it does every few minutes.</summary>
    Ended,

    /// <summary>Its version is too old.</summary>
    Expired,

    /// <summary>It brought nothing for too long, not even a bookmark.</summary>
    Silent,

    /// <summary>An error.</summary>
    Failed,
}

/// <summary>Of one queue.</summary>
public sealed record QueueMetrics(IHistogram Waits, ICounter Retries);

/// <summary>Of one controller.</summary>
public sealed record ControllerMetrics(IReadOnlyDictionary<string, Counter.Child> Passes, IHistogram Seconds);

/// <summary>Of one reflector.</summary>
internal sealed record WatchMetrics(IReadOnlyDictionary<WatchEnd, Counter.Child> Restarts, IGauge LastHeard)
{
    public void Heard(DateTimeOffset now) => LastHeard.Set(now.ToUnixTimeMilliseconds() / 1000.0);
}
