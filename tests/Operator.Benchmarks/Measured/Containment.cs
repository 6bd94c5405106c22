using System.Globalization;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks.Measured;

/// <summary>One finding after the other on a quiet cluster: how long until its pod is contained, and what is written until its recovery has ended.</summary>
internal static class Containment
{
    private const int WarmUps = 48, Findings = 144, Replays = 72, Namespaces = 12;

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) });
        Shop shop = new(cluster, Namespaces, deploymentsEach: 1, replicas: (WarmUps + Findings + Replays) / Namespaces);
        await shop.OpenAsync();
        await cluster.PolicyAsync();
        List<Course> courses = [];
        using (var program = OperatorProgram.Start(cluster))
        {
            await program.ReadyAsync();
            Sender sender = new(program);
            for (var i = 0; i < WarmUps; i++)
                await Course.RunAsync(cluster.Traffic, sender, shop.Take(shop.NamespaceOf(i)));
            await cluster.Traffic.RestAsync();
            cluster.Traffic.Clear();
            for (var i = 0; i < Findings; i++)
                courses.Add(await Course.RunAsync(cluster.Traffic, sender, shop.Take(shop.NamespaceOf(i))));
            await cluster.Traffic.RestAsync();
        }
        Count(table, cluster.Traffic.Writes);
        await TimeAsync(table, cluster, shop, courses);
    }

    private static void Count(ResultsTable table, IReadOnlyList<Seen> writes)
    {
        var own = writes.Where(w => w.Request.Resource is "securityfindings" or "recoveries" or "pods" or "networkpolicies" or "configmaps").ToList();
        var kinds = own.GroupBy(w => $"{w.Request.Resource}{(w.Request.Subresource.Length > 0 ? "/" : "")}{w.Request.Subresource} {w.Request.Verb}")
            .OrderBy(g => g.Min(w => w.Request.Sequence)).Select(g => $"{g.Key} {Each(g.Count())}");
        var patches = own.Count(w => Traffic.IsContainment(w.Request));
        table.Add(new("writes for a pod whose template is trusted, from the finding to the lifted quarantine", "≤ 8", $"{Each(own.Count)} ({string.Join(", ", kinds)})", Met: own.Count <= 8.0 * Findings));
        table.Add(new("patches of that pod", "1", Each(patches), Met: patches == Findings));
        table.Add(new("writes of policies' and sources' status meanwhile, for each finding", "", Each(writes.Count - own.Count)));
    }

    private static string Each(int count) => ((double)count / Findings).ToString("0.##", CultureInfo.InvariantCulture);

    private static async Task TimeAsync(ResultsTable table, BenchedCluster cluster, Shop shop, List<Course> courses)
    {
        var finished = cluster.Traffic.Finished;
        var replays = courses.GroupBy(c => c.Pod.Namespace).ToDictionary(g => g.Key, g => new Replay(g.Last(), finished));
        List<double> bare = [];
        for (var i = 0; i < Replays; i++)
        {
            var pod = shop.Take(shop.NamespaceOf(i));
            bare.Add(await replays[pod.Namespace].TimeAsync(cluster.Bare, pod, string.Create(CultureInfo.InvariantCulture, $"bare-{i}")));
            await shop.WholeAsync();
        }
        Samples floor = new(bare.Skip(Replays / 6)), measured = new(courses.Select(c => c.ToContained));
        table.Add(new("finding accepted → contained, quiet", "p50 ≤ 20 ms", measured.Text(50), floor.Text(50), measured.Median <= 20));
        table.Add(new("the same, at its slowest", "p99 ≤ 60 ms", measured.Text(99), floor.Text(99), measured.Percentile(99) <= 60));
        var factor = measured.Median / floor.Median;
        table.Add(new("the same beside the floor of its calls", "≤ 2 ×", Samples.Factor(factor), replays.Values.First().Calls, factor <= 2));
    }
}
