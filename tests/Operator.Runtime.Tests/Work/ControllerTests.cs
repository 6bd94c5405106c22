using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests.Work;

/// <summary>Invariant 5, with the workers of a controller.</summary>
public sealed class ControllerTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordedTime time = new();
    private readonly MetricSet metrics = new();
    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    [Fact]
    public async Task A_key_is_never_processed_twice_at_once_and_every_add_is_seen()
    {
        int[] wanted = new int[20], done = new int[20], within = new int[20];
        var overlapped = false;
        var queue = Run<int>(8, async (key, _) =>
        {
            overlapped |= Interlocked.Increment(ref within[key]) > 1;
            var seen = Volatile.Read(ref wanted[key]);
            await Task.Yield();
            done[key] = seen;
            Interlocked.Decrement(ref within[key]);
            return ReconcileResult.Done;
        });

        Parallel.For(0, 20_000, i =>
        {
            Interlocked.Increment(ref wanted[i % 20]);
            queue.Add(i % 20);
        });

        await Waiting.UntilAsync(() => Task.FromResult(queue.IsIdle), "all work is done");
        overlapped.Should().BeFalse();
        done.Should().Equal(wanted, "a key added meanwhile runs again, so the last state of each was seen");
    }

    [Fact]
    public async Task Nothing_is_dropped_however_often_it_fails()
    {
        ConcurrentDictionary<string, int> passes = [];
        var queue = Run<string>(2, (key, _) => passes.AddOrUpdate(key, 1, (_, n) => n + 1) <= 30
            ? throw (passes[key] % 2 == 0 ? new InvalidOperationException("a bug") : new ApiUnavailableException("no"))
            : Task.FromResult(ReconcileResult.Done));
        queue.Add("a");
        queue.Add("b");

        await time.PassUntilAsync(TimeSpan.FromMinutes(1), () => passes.Values.Count(n => n == 31) == 2, "both keys went well at last");
    }

    [Fact]
    public async Task A_result_that_asks_for_it_brings_the_key_back()
    {
        var passes = 0;
        var queue = Run<string>(1, (_, _) => Task.FromResult(++passes == 1 ? ReconcileResult.After(TimeSpan.FromSeconds(30)) : ReconcileResult.Done));
        queue.Add("a");
        await Waiting.UntilAsync(() => Task.FromResult(time.Waits.Count == 1), "the first pass is over");
        time.Waits.Should().Equal(TimeSpan.FromSeconds(30));

        await time.PassUntilAsync(Second, () => passes == 2, "the key came back");
    }

    [Fact]
    public async Task A_Retry_After_of_the_server_is_honoured_before_the_next_pass()
    {
        var queue = Run<string>(1, (_, _) =>
        {
            new ApiResult<string>.Throttled(TimeSpan.FromSeconds(17), DisruptionBudget: false, "slow down").Required();
            return Task.FromResult(ReconcileResult.Done);
        });
        queue.Add("a");

        await Waiting.UntilAsync(() => Task.FromResult(time.Waits.Count == 1), "the key waits");

        time.Waits.Should().Equal(TimeSpan.FromSeconds(17));
    }

    [Fact]
    public async Task A_reconciler_that_gives_up_by_itself_is_tried_again()
    {
        var passes = 0;
        var queue = Run<string>(1, (_, _) => ++passes == 1 ? throw new OperationCanceledException("its own deadline") : Task.FromResult(ReconcileResult.Done));
        queue.Add("a");

        await time.PassUntilAsync(Second, () => passes == 2, "the key came back");
    }

    [Fact]
    public async Task Stopping_cancels_the_pass_under_way_and_waits_for_it()
    {
        TaskCompletionSource started = new();
        var cleaned = false;
        var queue = Run<string>(3, async (_, cancellation) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
            }
            finally
            {
                cleaned = true;
            }
            return ReconcileResult.Done;
        });
        queue.Add("a");
        await started.Task;

        await stop.CancelAsync();
        await running.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

        cleaned.Should().BeTrue();
    }

    [Fact]
    public async Task Passes_waits_and_retries_are_measured()
    {
        var tries = 0;
        var queue = Run<string>(1, (_, _) => ++tries == 1 ? throw new ApiUnavailableException("not now") : Task.FromResult(ReconcileResult.Done));

        queue.Add("a");
        await time.PassUntilAsync(Second, () => tries == 2 && queue.IsIdle, "the second try is done");

        (await Exported.TextAsync(metrics)).Should()
            .Contain("immutable_recovery_reconciles_total{controller=\"tested\",result=\"failed\"} 1")
            .And.Contain("immutable_recovery_reconciles_total{controller=\"tested\",result=\"done\"} 1")
            .And.Contain("immutable_recovery_reconcile_seconds_count{controller=\"tested\"} 2")
            .And.Contain("immutable_recovery_workqueue_retries_total{controller=\"tested\"} 1")
            .And.Contain("immutable_recovery_workqueue_wait_seconds_count{controller=\"tested\"} 2")
            .And.Contain("immutable_recovery_workqueue_depth{controller=\"tested\"} 0");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Waiting.Patience, TimeProvider.System);
        stop.Dispose();
    }

    private WorkQueue<TKey> Run<TKey>(int workers, Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile)
        where TKey : notnull
    {
        var controller = new ControllerBuilder<TKey>("tested", time, NullLoggerFactory.Instance, metrics: new(metrics)).Build(new Reconciler<TKey>(reconcile), workers);
        running = controller.RunAsync(stop.Token);
        return controller.Queue;
    }

    private sealed class Reconciler<TKey>(Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile) : IReconciler<TKey>
    {
        public Task<ReconcileResult> ReconcileAsync(TKey key, CancellationToken cancellation) => reconcile(key, cancellation);
    }
}
