using System.Collections.Concurrent;
using System.Globalization;
using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Results;
using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Measured;

/// <summary>Starts the operator beside a namespace of objects that are as large as can be, and has it list all of them again and again; then each arrives once more by watch.</summary>
internal static class Hostile
{
    /// <summary>The chart's limit.</summary>
    private const int Limit = 256;
    private const int Relists = 3;
    private const double Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await BenchedCluster.StartAsync(new() { Controllers = false });
        await cluster.PolicyAsync();
        HostileObjects objects = new(cluster);
        await objects.CreateAsync();
        ConcurrentDictionary<string, int> watches = new();
        cluster.Traffic.Fail = request => request.Verb == "watch" && watches.AddOrUpdate(request.Resource, 1, (_, n) => n + 1) <= Relists
            ? new Fault.Respond(new(410, "Expired", "too old resource version"))
            : null;

        using var program = OperatorProgram.Start(cluster);
        await program.ReadyAsync();
        var ready = TimeProvider.System.GetElapsedTime(program.StartedAt).TotalMilliseconds;
        await Task.Delay(Settling, TimeProvider.System);
        var listed = program.Peak / Mebibyte;
        await objects.ChangeAsync();
        await Task.Delay(Settling, TimeProvider.System);
        var (resident, peak) = (program.Resident / Mebibyte, program.Peak / Mebibyte);
        await program.ReadyAsync();
        await program.StopAsync();
        table.Add(new(
            string.Create(CultureInfo.InvariantCulture, $"{HostileObjects.Findings * 2} findings, {HostileObjects.Budgets} budgets and {HostileObjects.OfEachKind} of each other kind, {objects.Bytes / 1_000_000} MB in all, listed {Relists + 1} times and each changed once: most memory that was ever resident"),
            string.Create(CultureInfo.InvariantCulture, $"≤ {Limit} MiB"),
            string.Create(CultureInfo.InvariantCulture, $"{peak:F1} MiB ({listed:F1} MiB once listed, {resident:F1} MiB afterwards; ready after {Samples.Seconds(ready)})"),
            Met: peak <= Limit));
    }
}
