using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>Says which changes put which keys on a controller's queue.</summary>
public sealed class ControllerBuilder<TKey>
    where TKey : notnull
{
    private readonly string name;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly RuntimeMetrics metrics;
    private readonly WorkQueue<TKey> queue;

    public ControllerBuilder(string name, TimeProvider time, ILoggerFactory loggers, Func<TKey, bool>? isUrgent = null, RuntimeMetrics? metrics = null)
    {
        (this.name, this.time, this.loggers, this.metrics) = (name, time, loggers, metrics ?? new(new()));
        queue = new(time, isUrgent, this.metrics.Queue(name));
        this.metrics.ObserveDepth(name, () => queue.Length);
    }

    public WorkQueue<TKey> Queue => queue;

    /// <summary>Every change of a watched object adds the keys it maps to, of both its old and its new self.</summary>
    public ControllerBuilder<TKey> Watches<T>(Informer<T> informer, Func<T, IEnumerable<TKey>> map)
        where T : class, IMetadata<V1ObjectMeta>
    {
        informer.Subscribe(change =>
        {
            if (change.Before is { } before)
                foreach (var key in map(before))
                    queue.Add(key);
            if (change.Now is { } now)
                foreach (var key in map(now))
                    queue.Add(key);
        });
        return this;
    }

    public Controller<TKey> Build(IReconciler<TKey> reconciler, int workers = 1) =>
        new(name, queue, reconciler, workers, metrics, time, loggers.CreateLogger<Controller<TKey>>());
}
