using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;
using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Measured;

/// <summary>Findings about a thousand pods at once, with every limit lifted.</summary>
internal static class Storm
{
    private const int Connections = 64;

    public static async Task RunAsync(ResultsTable table)
    {
        await RunAsync(table, each: 1, bar: 15);
        await RunAsync(table, each: 10, bar: 20);
    }

    private static async Task RunAsync(ResultsTable table, int each, int bar)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { Nodes = 8, Events = false, ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) });
        Shop shop = new(cluster, namespaces: 10, deploymentsEach: 10, replicas: 10);
        await shop.OpenAsync();
        await cluster.PolicyAsync();
        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync();
        await cluster.Traffic.RestAsync();
        var pods = await shop.PodsAsync();
        cluster.Traffic.Clear();
        Sender sender = new(program);

        ConcurrentDictionary<string, bool> contained = [];
        var compromised = pods.Select(p => $"{p.Namespace}/{p.Name}").ToHashSet();
        bool IsLast(ApiRequest r) => Traffic.IsContainment(r) && compromised.Contains($"{r.Namespace}/{r.Name}")
            && contained.TryAdd($"{r.Namespace}/{r.Name}", true) && contained.Count == pods.Count;
        var last = cluster.Traffic.NextAsync(IsLast, $"the last of {pods.Count} pods is contained", TimeSpan.FromMinutes(3));
        var start = TimeProvider.System.GetTimestamp();
        var findings = Enumerable.Range(0, each).SelectMany(_ => pods);
        await Parallel.ForEachAsync(findings, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (p, _) => await sender.SendAsync(p));
        var accepted = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        var end = await last;
        var seconds = TimeProvider.System.GetElapsedTime(start, end.At).TotalMilliseconds;

        var counted = each > 1 ? await CountedAsync(cluster, pods.Count * each) : 0;
        program.Dispose();
        await shop.WholeAsync();

        var what = string.Create(CultureInfo.InvariantCulture, $"{each * pods.Count:N0} findings on {pods.Count:N0} pods");
        table.Add(new($"{what}: all contained", string.Create(CultureInfo.InvariantCulture, $"≤ {bar} s"), $"{Samples.Seconds(seconds)} (all accepted after {Samples.Seconds(accepted)})", await FloorAsync(cluster, await shop.PodsAsync()), seconds <= bar * 1000));
        if (each == 1)
            return;
        table.Add(new($"{what}: none lost", string.Create(CultureInfo.InvariantCulture, $"{pods.Count * each:N0}"), string.Create(CultureInfo.InvariantCulture, $"{counted:N0} in the record"), Met: counted == pods.Count * each));
        var writes = WritesUntilContained(cluster.Traffic.Writes) / (double)pods.Count;
        table.Add(new($"{what}: writes per pod until contained", "< 5", writes.ToString("F2", CultureInfo.InvariantCulture), Met: writes < 5));
    }

    /// <summary>Those about a pod that is not contained yet, and the NetworkPolicies that a namespace's pods share.</summary>
    private static int WritesUntilContained(IReadOnlyList<Seen> writes)
    {
        var count = 0;
        HashSet<string> contained = [];
        foreach (var request in writes.Select(w => w.Request).Where(r => r.Verb != "delete"))
        {
            var pod = request.Resource switch
            {
                "securityfindings" => request.ResponseObject?["spec"]?["target"]?["podUID"]?.ToString(),
                "recoveries" => request.ResponseObject?["spec"]?["target"]?["uid"]?.ToString(),
                "pods" => request.ResponseObject?["metadata"]?["uid"]?.ToString(),
                "networkpolicies" => "",
                _ => null,
            };
            count += pod is not null && !contained.Contains(pod) ? 1 : 0;
            if (pod is not null && Traffic.IsContainment(request))
                contained.Add(pod);
        }
        return count;
    }

    /// <summary>Repeats are written every few seconds: how many findings the record knows of once that has been done.</summary>
    private static async Task<long> CountedAsync(BenchedCluster cluster, long expected)
    {
        long counted = 0;
        var since = TimeProvider.System.GetTimestamp();
        while ((counted = await CountedAsync(cluster)) < expected && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromMinutes(4))
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        return counted;
    }

    private static async Task<long> CountedAsync(BenchedCluster cluster)
    {
        var findings = await cluster.Bare.GetAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{BenchedCluster.OperatorNamespace}/securityfindings");
        return findings["items"]!.AsArray().OfType<JsonObject>().Sum(f => 1 + ((long?)f["status"]?["count"] ?? 0));
    }

    /// <summary>The writes alone that they need, by as many connections as the operator has workers, once it is stopped.</summary>
    private static async Task<string> FloorAsync(BenchedCluster cluster, IReadOnlyList<ShopPod> pods)
    {
        const string group = "apis/immutablerecovery.io/v1alpha1/namespaces";
        var made = cluster.Traffic.Writes.Where(w => w.Request is { Verb: "create", Resource: "securityfindings" or "recoveries" }).DistinctBy(w => w.Request.Resource).ToDictionary(w => w.Request.Resource, w => w.Request.RequestBody!);
        var workers = new ParallelOptions { MaxDegreeOfParallelism = new OperatorOptions().Workers };
        var start = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(pods, workers, async (pod, _) =>
        {
            foreach (var (resource, body) in made)
            {
                var copy = body.DeepClone();
                copy["metadata"]!["name"] = $"bare-{pod.Namespace}-{pod.Name}";
                await cluster.Bare.CreateAsync($"{group}/{BenchedCluster.OperatorNamespace}/{resource}", copy);
            }
            await cluster.Bare.SendAsync(HttpMethod.Patch, $"api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}", """{"metadata": {"labels": {"bare": "true"} } }""", "application/merge-patch+json");
        });
        return $"its writes alone: {Samples.Seconds(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds)}";
    }
}
