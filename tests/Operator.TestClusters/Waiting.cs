using Xunit;

namespace Operator.TestClusters;

/// <summary>How tests wait for what others do in their own time.</summary>
public static class Waiting
{
    /// <summary>So long that what has not come by then does not come, on a machine that is busy with other things as well.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Looks again until a condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? longest = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (longest ?? Patience))
                throw new TimeoutException($"It never came to be that {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
