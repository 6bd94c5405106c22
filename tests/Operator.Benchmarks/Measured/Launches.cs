using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;
using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Measured;

/// <summary>What one start of the operator showed, in milliseconds and bytes.</summary>
internal sealed record Launch(double ToFirstAction, double OwnWork, double ToSynced, long Resident, long Peak);

/// <summary>Starts the operator beside more and more pods, each time with a finding that waits for it.</summary>
internal static class Launches
{
    private const int Each = 3;
    private static readonly int[] Sizes = [100, 5_000, 10_000];

    /// <summary>So long that what was needed for the start alone has been given back, if it ever is.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(ResultsTable table, bool memory, bool start)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { Controllers = false });
        await cluster.PolicyAsync();
        Crowd crowd = new(cluster);
        await crowd.GrowAsync(Sizes[0]);
        // Not counted: it fills the file cache, and finds its roles in effect.
        using (var first = OperatorProgram.Start(cluster))
        {
            await first.ReadyAsync();
            await first.StopAsync();
        }
        var found = 0;
        foreach (var size in Sizes)
        {
            await crowd.GrowAsync(size);
            List<Launch> launches = [];
            List<double> bare = [];
            for (var i = 0; i < Each; i++)
            {
                bare.Add(await crowd.ListAsync());
                launches.Add(await LaunchAsync(cluster, await crowd.PodAsync(found++), memory));
            }
            if (memory)
                AddMemory(table, crowd, launches);
            if (start)
                AddStart(table, crowd, launches, new(bare));
        }
    }

    private static async Task<Launch> LaunchAsync(BenchedCluster cluster, ShopPod pod, bool settle)
    {
        await FindAsync(cluster, pod);
        TaskCompletionSource<long> listing = new(), watching = new();
        void See(ApiRequest request, long at) => _ = request switch
        {
            { Resource: "pods", Verb: "list", Namespace: "" } => listing.TrySetResult(at),
            { Resource: "pods", Verb: "watch" } => watching.TrySetResult(at),
            _ => false,
        };
        cluster.Traffic.Arrived += See;
        var acted = cluster.Traffic.NextAsync(r => Traffic.IsContainment(r) && r.Name == pod.Name, "the pod is contained");
        using var program = OperatorProgram.Start(cluster);
        var first = TimeProvider.System.GetElapsedTime(program.StartedAt, (await acted).At).TotalMilliseconds;
        var own = program.ProcessorTime;
        var synced = TimeProvider.System.GetElapsedTime(await listing.Task, await watching.Task).TotalMilliseconds;
        cluster.Traffic.Arrived -= See;
        if (settle)
            await Task.Delay(Settling, TimeProvider.System);
        Launch launch = new(first, own, synced, program.Resident, program.Peak);
        await program.StopAsync();
        return launch;
    }

    /// <summary>A finding that was stored while no operator ran.</summary>
    public static Task FindAsync(BenchedCluster cluster, ShopPod pod)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        return cluster.Bare.CreateAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{BenchedCluster.OperatorNamespace}/securityfindings", new JsonObject
        {
            ["apiVersion"] = "immutablerecovery.io/v1alpha1",
            ["kind"] = "SecurityFinding",
            ["metadata"] = new JsonObject { ["name"] = $"waiting-{pod.Uid}" },
            ["spec"] = new JsonObject
            {
                ["source"] = BenchedCluster.Source,
                ["rule"] = "Terminal shell in container",
                ["severity"] = "Critical",
                ["occurredAt"] = now,
                ["receivedAt"] = now,
                ["target"] = new JsonObject { ["namespace"] = pod.Namespace, ["pod"] = pod.Name, ["podUID"] = pod.Uid },
            },
        });
    }

    private static void AddMemory(ResultsTable table, Crowd crowd, List<Launch> launches)
    {
        Samples resident = new(launches.Select(l => l.Resident / (1024.0 * 1024))), peak = new(launches.Select(l => l.Peak / (1024.0 * 1024)));
        var judged = crowd.Pods == 5_000;
        var size = string.Create(CultureInfo.InvariantCulture, $"{crowd.Pods:N0} pods of {crowd.BytesOfAPod / 1000:F1} kB each cached: resident memory");
        table.Add(new(size, judged ? "≤ 65 MiB" : "", string.Create(CultureInfo.InvariantCulture, $"{resident.Median:F1} MiB (at most {peak.Median:F1} MiB while starting)"), Met: judged ? resident.Median <= 65 : null));
    }

    private static void AddStart(ResultsTable table, Crowd crowd, List<Launch> launches, Samples bare)
    {
        Samples first = new(launches.Select(l => l.ToFirstAction)), own = new(launches.Select(l => l.OwnWork)), synced = new(launches.Select(l => l.ToSynced));
        var pods = string.Create(CultureInfo.InvariantCulture, $"{crowd.Pods:N0} pods");
        if (crowd.Pods > Sizes[0])
            table.Add(new($"list and sync of {pods}", crowd.Pods == 5_000 ? "≤ 1.0 s" : "", Samples.Seconds(synced.Median), Samples.Seconds(bare.Median), crowd.Pods == 5_000 ? synced.Median <= 1000 : null));
        table.Add(new($"cold start → first pod contained, {pods}", "≤ 2 s", $"{Samples.Seconds(first.Median)}, of which {Samples.Seconds(own.Median)} of processor time", Met: first.Median <= 2000));
    }
}
