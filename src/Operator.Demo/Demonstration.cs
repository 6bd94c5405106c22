using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Demo;

/// <summary>Starts the cluster and the operator, sends alerts, shows what happens and judges it.</summary>
internal static class Demonstration
{
    /// <summary>On an embedded cluster. 0 if every alert ended as it should.</summary>
    public static Task<int> RunAsync(DemoOptions options, TextReader input, TextWriter output, CancellationToken stop) =>
        RunAsync(options, input, output, async (like, cancellation) => await EmbeddedCluster.StartAsync(like, cancellation), stop);

    /// <param name="options">What is shown, and how.</param>
    /// <param name="input">Where alerts are read from if they come by the standard input.</param>
    /// <param name="output">Where it is shown.</param>
    /// <param name="startCluster">Starts the cluster that it is shown on.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<int> RunAsync(
        DemoOptions options, TextReader input, TextWriter output, Func<EmbeddedClusterOptions, CancellationToken, Task<KubernetesCluster>> startCluster, CancellationToken stop)
    {
        IScenario scenario;
        try
        {
            scenario = options.Findings is null ? new Shop(options.PinAtAdmission) : new Replay(AlertFiles.Read(options.Findings, input));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"--findings {options.Findings}: {failure.Message}");
            return 2;
        }

        // With JSON asked for, the output is that one document.
        var lines = options.Output == OutputFormat.Json ? TextWriter.Null : output;
        var cluster = await startCluster(new() { PullsAnyImage = true }, stop);
        await using var platform = await Platform.StartAsync(cluster, options.Findings is null ? FindingSeverity.High : FindingSeverity.Informational, options.PinAtAdmission, stop);
        lines.WriteLine($"{(cluster is EmbeddedCluster ? "An embedded" : "A")} Kubernetes cluster with 2 nodes at {platform.Cluster.Address}; the operator runs against it.");
        var alerts = await scenario.PrepareAsync(platform, stop);
        new Progress(lines).Follow(platform.Recoveries);
        lines.WriteLine($"Sending {alerts.Count} Falco {(alerts.Count == 1 ? "alert" : "alerts")} to the operator's receiver.");

        var sent = new List<(Alert Alert, ReceiverReply Reply)>();
        foreach (var alert in alerts)
            sent.Add((alert, await platform.PostAsync(alert.Body, stop)));
        var endings = new List<(Alert Alert, Ending Ending)>();
        foreach (var (alert, reply) in sent)
            endings.AddRange((await Ending.OfAsync(platform, reply, stop)).Select(e => (alert, e)));

        var report = new Report(
            [.. endings.Select(e => e.Ending.Recovery).OfType<ObjectKey>().Distinct().Select(k => platform.Recoveries.Store.Get(k)).OfType<Recovery>().Select(RecoveryRow.Of)],
            [.. endings.Select(e => new FindingRow(e.Alert.File, e.Ending.Outcome, e.Ending.Reason))]);
        if (options.Output == OutputFormat.Json)
            report.WriteJson(output);
        else
            report.WriteTable(output);

        var unexpected = endings.Where(e => e.Alert.Expected is { } expected ? e.Ending.Outcome != expected : e.Ending.Recovery is not null).ToList();
        foreach (var (alert, ending) in unexpected)
            await Console.Error.WriteLineAsync($"{alert.File} should have ended {alert.Expected ?? "without a recovery"}, but: {ending.Outcome}: {ending.Reason}");
        if (options.Keep)
            await KeepAsync(platform, options.Output == OutputFormat.Json ? Console.Error : output, stop);
        return unexpected.Count == 0 ? 0 : 1;
    }

    private static async Task KeepAsync(Platform platform, TextWriter lines, CancellationToken stop)
    {
        var kubeconfig = Path.Combine(Directory.CreateTempSubdirectory("operator-demo-").FullName, "kubeconfig");
        platform.Cluster.WriteKubeconfig(kubeconfig);
        lines.WriteLine($"""
            The cluster stays until Ctrl-C:
              export KUBECONFIG={kubeconfig}
              kubectl get recoveries,securityfindings -A
            and takes alerts:
              curl {platform.FindingsUrl} -H 'Authorization: Bearer {platform.Token}' --data-binary @alert.json
            """);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
        catch (OperationCanceledException)
        {
            Directory.Delete(Path.GetDirectoryName(kubeconfig)!, recursive: true);
        }
    }
}
