using Microsoft.Extensions.Logging.Abstractions;
using Operator.DevCluster;
using Operator.TestClusters;

namespace Operator.Runtime.Tests.Work;

public sealed class ControllerBuilderTests
{
    [Fact]
    public async Task A_change_wakes_the_keys_of_its_old_and_of_its_new_self()
    {
        await using var cluster = await ChosenCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using KubernetesConnection connection = new(cluster.ClientConfiguration("tests"), "tests");
        ResourceApi<Map> maps = new(connection, Map.Resource);
        await using var follower = Follower.Start(connection);
        var queue = new ControllerBuilder<string>("owners", TimeProvider.System, NullLoggerFactory.Instance)
            .Watches(follower.Informer, map => map.Data?.Values ?? Enumerable.Empty<string>()).Queue;

        var made = (await maps.CreateAsync(Map.Of("m", null, ("owner", "before")), TestContext.Current.CancellationToken)).Required();
        (await TakeAsync(queue)).Should().Be("before");
        await maps.ReplaceAsync(made with { Data = new() { ["owner"] = "after" } }, cancellation: TestContext.Current.CancellationToken);

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
