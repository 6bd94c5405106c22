using System.Globalization;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks.Measured;

/// <summary>Starts the operator, and has it contain pods one after the other, without records of the past and beside a hundred thousand of them.</summary>
internal static class Records
{
    /// <summary>The chart's limit.</summary>
    private const int Limit = 256;
    private const int Count = 100_000, Starts = 3, Namespaces = 4, WarmUps = 12, Findings = 40;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) });
        Shop shop = new(cluster, Namespaces, deploymentsEach: 1, replicas: (2 * (WarmUps + Findings + Starts) / Namespaces) + 1);
        await shop.OpenAsync();
        await cluster.PolicyAsync();
        Queue<ShopPod> pods = new(Enumerable.Range(0, 2 * (WarmUps + Findings + Starts)).Select(i => shop.Take(shop.NamespaceOf(i))));

        var (before, last) = await WarmAsync(cluster, pods);
        var empty = await StartsAsync(cluster, pods);
        RecordArchive archive = new(cluster);
        await archive.FillAsync(last, Count);
        List<double> bare = [];
        for (var i = 0; i < Starts; i++)
            bare.Add(await archive.ListAsync());
        var full = await StartsAsync(cluster, pods);
        var (after, _) = await WarmAsync(cluster, pods);
        Show(table, archive, empty, full, new(bare));
        var factor = after.Median / before.Median;
        table.Add(new("finding accepted → contained beside them, warm", "≤ 1.25 × that without", $"{Samples.Factor(factor)}: {after.Text(50)} ({after.Text(99)})", $"without: {before.Text(50)} ({before.Text(99)})", factor <= 1.25));
    }

    private static void Show(ResultsTable table, RecordArchive archive, List<Started> empty, List<Started> full, Samples bare)
    {
        Samples ready = new(full.Select(s => s.ToReady)), acted = new(full.Select(s => s.ToContained)), soon = new(empty.Select(s => s.ToReady)), own = new(full.Select(s => s.OwnWork));
        var peak = new Samples(full.Select(s => s.Peak)).Percentile(100);
        table.Add(new(
            string.Create(CultureInfo.InvariantCulture, $"{Count:N0} ended recoveries of {archive.BytesOfARecovery / 1000.0:F1} kB and as many findings of {archive.BytesOfAFinding / 1000.0:F1} kB: start → ready"),
            "≤ 2 × floor",
            $"{Samples.Seconds(ready.Median)}, of which {Samples.Seconds(own.Median)} of processor time (without them {Samples.Seconds(soon.Median)})",
            $"the bare lists: {Samples.Seconds(bare.Median)}",
            ready.Median <= 2 * bare.Median));
        table.Add(new("start → first pod contained beside them", "", $"{Samples.Seconds(acted.Median)} (without them {Samples.Seconds(new Samples(empty.Select(s => s.ToContained)).Median)})"));
        table.Add(new(
            "most memory that was ever resident beside them",
            string.Create(CultureInfo.InvariantCulture, $"≤ {Limit} MiB"),
            string.Create(CultureInfo.InvariantCulture, $"{peak:F1} MiB ({new Samples(full.Select(s => s.Resident)).Median:F1} MiB afterwards; without them {new Samples(empty.Select(s => s.Resident)).Median:F1} MiB)"),
            Met: peak <= Limit));
    }

    private static async Task<(Samples ToContained, Course Last)> WarmAsync(BenchedCluster cluster, Queue<ShopPod> pods)
    {
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync(Longest);
        await cluster.Traffic.RestAsync();
        Sender sender = new(program);
        List<Course> courses = [];
        for (var i = 0; i < WarmUps + Findings; i++)
            courses.Add(await Course.RunAsync(cluster.Traffic, sender, pods.Dequeue()));
        await cluster.Traffic.RestAsync();
        await program.StopAsync();
        return (new(courses.Skip(WarmUps).Select(c => c.ToContained)), courses[^1]);
    }

    private static async Task<List<Started>> StartsAsync(BenchedCluster cluster, Queue<ShopPod> pods)
    {
        List<Started> starts = [];
        for (var i = 0; i < Starts; i++)
            starts.Add(await StartAsync(cluster, pods.Dequeue()));
        return starts;
    }

    private static async Task<Started> StartAsync(BenchedCluster cluster, ShopPod pod)
    {
        await Launches.FindAsync(cluster, pod);
        var contained = cluster.Traffic.NextAsync(r => Traffic.IsContainment(r) && r.Name == pod.Name, "the pod is contained", Longest);
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync(Longest);
        var ready = TimeProvider.System.GetElapsedTime(program.StartedAt).TotalMilliseconds;
        var own = program.ProcessorTime;
        var acted = TimeProvider.System.GetElapsedTime(program.StartedAt, (await contained).At).TotalMilliseconds;
        await Task.Delay(Settling, TimeProvider.System);
        Started started = new(ready, acted, own, program.Resident / (1024.0 * 1024), program.Peak / (1024.0 * 1024));
        await program.StopAsync();
        return started;
    }

    /// <summary>One start, in milliseconds and MiB.</summary>
    private sealed record Started(double ToReady, double ToContained, double OwnWork, double Resident, double Peak);
}
