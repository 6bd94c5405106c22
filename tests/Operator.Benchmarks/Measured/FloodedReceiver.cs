using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks.Measured;

/// <summary>One source's steady findings, in turns alone and beside another source that sends 20 bodies of 4 MiB at the same time, again and again.</summary>
internal static class FloodedReceiver
{
    /// <summary>The chart's limit.</summary>
    private const int Limit = 256;
    private const int Pods = 200, Turns = 2, OfATurn = 500, WarmUps = 200;

    /// <summary>A leader that could not renew its lease for so long gives up.</summary>
    private const double RenewDeadline = 10_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { Controllers = false });
        await Flood.RegisterAsync(cluster);
        Crowd crowd = new(cluster);
        await crowd.GrowAsync(Pods);
        var pods = await Task.WhenAll(Enumerable.Range(0, Pods).Select(crowd.PodAsync));
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync();
        Sender sender = new(program);
        using Flood flood = new(program, pods);

        await SteadyAsync(sender, pods, first: 0, WarmUps);
        await cluster.Traffic.RestAsync();
        var holder = await HolderAsync(cluster);
        List<double> alone = [], beside = [];
        var sent = WarmUps;
        for (var turn = 0; turn < Turns; turn++, sent += 2 * OfATurn)
        {
            alone.AddRange(await SteadyAsync(sender, pods, sent, OfATurn));
            using CancellationTokenSource stop = new();
            var flooding = flood.RunAsync(stop.Token);
            beside.AddRange(await SteadyAsync(sender, pods, sent + OfATurn, OfATurn));
            await stop.CancelAsync();
            await flooding;
            await cluster.Traffic.RestAsync();
        }
        var peak = program.Peak / (1024.0 * 1024);
        await program.ReadyAsync();
        var (stored, renewals) = (await StoredAsync(cluster), Renewals(cluster));
        var kept = await HolderAsync(cluster) == holder;
        await program.StopAsync();
        Show(table, new(alone), new(beside), flood);
        table.Add(new("most memory that was ever resident meanwhile", string.Create(CultureInfo.InvariantCulture, $"≤ {Limit} MiB"), string.Create(CultureInfo.InvariantCulture, $"{peak:F1} MiB"), Met: peak <= Limit));
        table.Add(new("findings of that source that are stored, each of another rule and pod", sent.ToString("N0", CultureInfo.InvariantCulture), stored.ToString("N0", CultureInfo.InvariantCulture), Met: stored == sent));
        table.Add(new("the leader's lease, longest time between two renewals", "< 10 s, never lost", $"{Samples.Seconds(renewals)}, {(kept ? "never lost" : "lost")}", Met: kept && renewals < RenewDeadline));
    }

    private static void Show(ResultsTable table, Samples alone, Samples beside, Flood flood)
    {
        var factor = beside.Percentile(99) / alone.Percentile(99);
        table.Add(new(
            string.Create(CultureInfo.InvariantCulture, $"answers to one source's findings, {1000 / Pace.TotalMilliseconds} a second, beside {Flood.Bodies} bodies of {Flood.Bytes >> 20} MiB of another at the same time, {flood.Rounds} times: p99"),
            "< 2 × that without",
            $"{Samples.Factor(factor)}: {beside.Text(99)} ({beside.Text(50)}; the other was answered {flood.Answers})",
            $"without: {alone.Text(99)} ({alone.Text(50)})",
            factor < 2));
    }

    /// <summary>Sends findings at a steady pace, however long the answers take, and returns how long each took until it was accepted.</summary>
    private static async Task<IReadOnlyCollection<double>> SteadyAsync(Sender sender, ShopPod[] pods, int first, int count)
    {
        ConcurrentBag<double> times = [];
        async Task SendAsync(int number)
        {
            var start = TimeProvider.System.GetTimestamp();
            await sender.SendAsync(pods[number % pods.Length], string.Create(CultureInfo.InvariantCulture, $"Rule {number / pods.Length}"));
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        using PeriodicTimer pace = new(Pace, TimeProvider.System);
        List<Task> under = [];
        for (var i = 0; i < count && await pace.WaitForNextTickAsync(); i++)
            under.Add(SendAsync(first + i));
        await Task.WhenAll(under);
        return times;
    }

    private static async Task<int> StoredAsync(BenchedCluster cluster)
    {
        var findings = await cluster.Bare.GetAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{BenchedCluster.OperatorNamespace}/securityfindings");
        return findings["items"]!.AsArray().Count(f => f!["spec"]!["source"]!.ToString() == BenchedCluster.Source);
    }

    private static async Task<string> HolderAsync(BenchedCluster cluster)
    {
        var leases = await cluster.Bare.GetAsync($"apis/coordination.k8s.io/v1/namespaces/{BenchedCluster.OperatorNamespace}/leases");
        return string.Join(", ", leases["items"]!.AsArray().OfType<JsonObject>().Select(l => $"{l["spec"]!["holderIdentity"]} {l["spec"]!["leaseTransitions"]}"));
    }

    private static double Renewals(BenchedCluster cluster)
    {
        var renewed = cluster.Traffic.Finished.Where(s => s.Request is { Resource: "leases", IsWrite: true, ResponseCode: < 300 }).Select(s => s.At).ToList();
        return renewed.Zip(renewed.Skip(1)).Max(p => TimeProvider.System.GetElapsedTime(p.First, p.Second).TotalMilliseconds);
    }
}
