using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests.Work;

public sealed class ControllerBuilderTests
{
    [Fact]
    public async Task A_change_wakes_the_keys_of_its_old_and_of_its_new_self()
    {
        await using var server = await MapServer.StartAsync();
        await using var follower = Follower.Start(server.Connection);
        var queue = new ControllerBuilder<string>("owners", TimeProvider.System, NullLoggerFactory.Instance)
            .Watches(follower.Informer, map => map.Data?.Values ?? Enumerable.Empty<string>()).Queue;

        var made = await server.CreateAsync(Map.Of("m", null, ("owner", "before")));
        (await TakeAsync(queue)).Should().Be("before");
        await server.Maps.ReplaceAsync(made with { Data = new() { ["owner"] = "after" } }, cancellation: TestContext.Current.CancellationToken);

        (await TakeAsync(queue)).Should().Be("before");
        (await TakeAsync(queue)).Should().Be("after");
    }

    private static async Task<string> TakeAsync(WorkQueue<string> queue)
    {
        var key = await queue.TakeAsync(TestContext.Current.CancellationToken);
        queue.Done(key);
        return key;
    }
}
