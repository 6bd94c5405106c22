namespace Operator.DevCluster.Tests;

public static class Waiting
{
    private static readonly TimeSpan Usually = TimeSpan.FromSeconds(30);

    /// <summary>Looks again until a condition holds, for at most half a minute where nothing else is said.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? longest = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (longest ?? Usually))
                throw new TimeoutException($"It never came to be that {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
