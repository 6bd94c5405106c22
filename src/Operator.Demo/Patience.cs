namespace Operator.Demo;

/// <summary>Waits for what the cluster does in its own time.</summary>
internal static class Patience
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(Func<CancellationToken, Task<bool>> condition, string what, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition(cancellation))
        {
            if (TimeProvider.System.GetElapsedTime(start) > Longest)
                throw new TimeoutException($"after {Longest.TotalSeconds} s it is still not so that {what}");
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }
}
