using System.Text.Json.Nodes;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks.Measured;

/// <summary>In turns: a pod is deleted and its successor becomes Ready; a pod is found compromised and its replacement is verified.</summary>
internal static class Replacement
{
    private const int WarmUps = 8, Rounds = 16;

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new());
        Shop shop = new(cluster, namespaces: 2, deploymentsEach: 1, replicas: WarmUps + Rounds);
        await shop.OpenAsync();
        await cluster.PolicyAsync();
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync();
        Sender sender = new(program);
        List<double> deleted = [], recovered = [];
        for (var i = 0; i < WarmUps + Rounds; i++)
        {
            deleted.Add(await DeleteAsync(cluster, shop.Take(shop.NamespaceOf(0))));
            await shop.WholeAsync();
            recovered.Add((await Course.RunAsync(cluster.Traffic, sender, shop.Take(shop.NamespaceOf(1)))).ToVerified);
            await shop.WholeAsync();
        }
        Samples floor = new(deleted.Skip(WarmUps)), measured = new(recovered.Skip(WarmUps));
        var factor = measured.Median / floor.Median;
        table.Add(new("finding → verified replacement, beside delete → Ready", "≤ 1.5 ×", $"{Samples.Factor(factor)}: {measured.Text(50)}", floor.Text(50), factor <= 1.5));
    }

    /// <summary>From the deletion to the moment in which a pod is Ready that was not there before.</summary>
    private static async Task<double> DeleteAsync(BenchedCluster cluster, ShopPod pod)
    {
        var collection = $"api/v1/namespaces/{pod.Namespace}/pods";
        var list = await cluster.Bare.GetAsync(collection);
        var known = list["items"]!.AsArray().Select(p => p!["metadata"]!["uid"]!.ToString()).ToHashSet();
        TaskCompletionSource begun = new();
        var ready = cluster.Bare.WatchAsync(
            $"{collection}?watch=true&resourceVersion={list["metadata"]!["resourceVersion"]}", p => Shop.IsReady(p) && !known.Contains(p["metadata"]!["uid"]!.ToString()), begun);
        await begun.Task;
        var start = TimeProvider.System.GetTimestamp();
        await cluster.Bare.DeleteAsync($"{collection}/{pod.Name}", new JsonObject { ["gracePeriodSeconds"] = 1, ["preconditions"] = new JsonObject { ["uid"] = pod.Uid } });
        await ready;
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }
}
