using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>What a reconciler wants next for its key.</summary>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    /// <summary>Nothing until something changes.</summary>
    public static readonly ReconcileResult Done;

    /// <summary>Look again after this time, even if nothing changes.</summary>
    public static ReconcileResult After(TimeSpan wait) => new(wait);
}

/// <summary>Brings the world of one key nearer to what it should be. Level-triggered: it is told which key, never what happened.</summary>
public interface IReconciler<in TKey>
{
    /// <summary>Expected outcomes are results; an exception means: again, with backoff.</summary>
    Task<ReconcileResult> ReconcileAsync(TKey key, CancellationToken cancellation);
}

/// <summary>What the host needs of a controller, whatever its key.</summary>
public interface IController
{
    string Name { get; }

    Task RunAsync(CancellationToken cancellation);
}

/// <summary>Takes keys from a queue and gives them to a reconciler, several at a time. Here, and only here, every exception is caught.</summary>
public sealed partial class Controller<TKey>(string name, WorkQueue<TKey> queue, IReconciler<TKey> reconciler, int workers, RuntimeMetrics metrics, TimeProvider time, ILogger<Controller<TKey>> logger) : IController
    where TKey : notnull
{
    private readonly ControllerMetrics measured = metrics.Controller(name);

    public string Name => name;

    public WorkQueue<TKey> Queue => queue;

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(cancellation), CancellationToken.None)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            TKey key;
            try
            {
                key = await queue.TakeAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                await ReconcileAsync(key, cancellation);
            }
            finally
            {
                queue.Done(key);
            }
        }
    }

    private async Task ReconcileAsync(TKey key, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var result = "done";
        try
        {
            var next = await reconciler.ReconcileAsync(key, cancellation);
            queue.Forget(key);
            if (next.RequeueAfter is { } wait)
                queue.AddAfter(key, wait);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            result = "stopped";
        }
        catch (Exception failure)
        {
            result = "failed";
            if (failure is ApiUnavailableException)
                ReconcileDelayed(name, key, failure.Message);
            else
                ReconcileFailed(failure, name, key);
            queue.AddAfterFailure(key, (failure as ApiUnavailableException)?.RetryAfter);
        }
        measured.Passes[result].Inc();
        measured.Seconds.Observe(time.GetElapsedTime(start).TotalSeconds);
    }

    [LoggerMessage(LogLevel.Warning, "{controller} {key}: {why}; again with backoff")]
    private partial void ReconcileDelayed(string controller, TKey key, string why);

    [LoggerMessage(LogLevel.Error, "{controller} {key} failed; again with backoff")]
    private partial void ReconcileFailed(Exception failure, string controller, TKey key);
}
