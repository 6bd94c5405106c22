using Microsoft.Extensions.Time.Testing;

namespace Operator.Tests;

/// <summary>
/// Lets fake time run: slowly while something happens on the cluster, so that nothing misses its deadline, and fast while everybody waits.
/// </summary>
internal sealed class RunningClock : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Leap = TimeSpan.FromSeconds(10);
    private const int QuietSteps = 25;

    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    /// <param name="activity">A number that changes whenever something happens.</param>
    public RunningClock(FakeTimeProvider time, Func<long> activity) => running = Task.Run(async () =>
    {
        var (last, quiet) = (-1L, 0);
        while (!stop.IsCancellationRequested)
        {
            var now = activity();
            (last, quiet) = (now, now == last ? quiet + 1 : 0);
            time.Advance(quiet > QuietSteps ? Leap : Step);
            // Real time, for whatever this woke to send its requests.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }
}
