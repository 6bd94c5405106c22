using System.Globalization;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks.Measured;

/// <summary>Some recoveries run to their end, and then two minutes in which nothing must be written.</summary>
internal static class Quiet
{
    private const int Recoveries = 6;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new());
        Shop shop = new(cluster, namespaces: 2, deploymentsEach: 1, replicas: 3);
        await shop.OpenAsync();
        await cluster.PolicyAsync();
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync();
        Sender sender = new(program);
        for (var i = 0; i < Recoveries; i++)
            await Course.RunAsync(cluster.Traffic, sender, shop.Take(shop.NamespaceOf(i)));
        // What was heard of a source is written every ten seconds.
        await cluster.Traffic.RestAsync(TimeSpan.FromSeconds(12));
        cluster.Traffic.Clear();
        await Task.Delay(Silence, TimeProvider.System);
        var writes = cluster.Traffic.Writes;
        var which = string.Join(", ", writes.GroupBy(w => $"{w.Request.Verb} {w.Request.Resource}").Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Count()}")));
        table.Add(new("writes in two minutes after convergence", "0", writes.Count == 0 ? "0" : $"{writes.Count} ({which})", Met: writes.Count == 0));
    }
}
