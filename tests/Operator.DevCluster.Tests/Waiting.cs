namespace Operator.DevCluster.Tests;

public static class Waiting
{
    /// <summary>Looks again until a condition holds, for at most ten seconds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
                throw new TimeoutException($"It never came to be that {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
