using Operator.Benchmarks.Clusters;
using Operator.Benchmarks.Measured;
using Operator.Benchmarks.Results;

namespace Operator.Benchmarks;

/// <summary>Which benchmarks run, and where their table goes.</summary>
internal static class CommandLine
{
    private const string Usage = """
        usage: dotnet run -c Release --project tests/Operator.Benchmarks -- BENCHMARK [--operator FILE] [--write FILE]

        containment   finding → contained, one after the other; the writes of a recovery
        recovery      finding → verified replacement, beside delete → Ready
        storm         1,000 and 10,000 findings on 1,000 pods
        memory        resident memory with 5,000 and 10,000 pods
        start         list and sync; cold start → first action
        hostile       resident memory beside objects as large as the API server stores
        receiver      one source's answers beside 20 bodies of 4 MiB of another
        records       a start beside 100,000 ended recoveries and as many findings
        quiet         writes in two minutes after convergence
        revocation    what 5,000 revoked digests add to the creation of a pod
        all           all of them

        --operator FILE  measures this program, such as one compiled ahead of time by `make native`; else the one built here
        --write FILE     puts the table into this page, where it shows this cluster's
        The cluster is the embedded one, or what KUBEBUILDER_ASSETS or TEST_KUBECONFIG names.
        """;

    private static readonly Dictionary<string, Func<ResultsTable, Task>> Benchmarks = new()
    {
        ["containment"] = Containment.RunAsync,
        ["recovery"] = Replacement.RunAsync,
        ["storm"] = Storm.RunAsync,
        ["memory"] = table => Launches.RunAsync(table, memory: true, start: false),
        ["start"] = table => Launches.RunAsync(table, memory: false, start: true),
        ["hostile"] = Hostile.RunAsync,
        ["receiver"] = FloodedReceiver.RunAsync,
        ["records"] = Records.RunAsync,
        ["quiet"] = Quiet.RunAsync,
        ["revocation"] = RevocationLatency.RunAsync,
        ["all"] = AllAsync,
    };

    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var name = arguments.FirstOrDefault() ?? "";
        string? page = null, program = null;
        var understood = arguments.Length % 2 == 1;
        foreach (var pair in arguments.Skip(1).Chunk(2))
        {
            switch (pair)
            {
                case ["--write", var file]:
                    page = file;
                    break;
                case ["--operator", var file] when File.Exists(file):
                    program = Path.GetFullPath(file);
                    break;
                default:
                    understood = false;
                    break;
            }
        }
        if (!understood || !Benchmarks.TryGetValue(name, out var benchmark))
        {
            await errors.WriteLineAsync(Usage);
            return 1;
        }
        OperatorProgram.Native = program;
        await using ClusterReport report = new();
        if (WhyNot(name) is { } reason)
        {
            await errors.WriteLineAsync(reason);
            return 1;
        }
        ResultsTable table = new(output);
        await benchmark(table);
        var markdown = table.ToMarkdown();
        if (page is null)
            await output.WriteAsync(markdown);
        else
            await PerformancePage.WriteAsync(page, ResultsTable.Cluster, markdown);
        return 0;
    }

    private static async Task AllAsync(ResultsTable table)
    {
        await Containment.RunAsync(table);
        await Replacement.RunAsync(table);
        await Storm.RunAsync(table);
        await Launches.RunAsync(table, memory: true, start: true);
        await Hostile.RunAsync(table);
        await FloodedReceiver.RunAsync(table);
        if (WhyNot("records") is null)
            await Records.RunAsync(table);
        await Quiet.RunAsync(table);
        if (WhyNot("revocation") is null)
            await RevocationLatency.RunAsync(table);
    }

    private static string? WhyNot(string name) => name switch
    {
        "revocation" when !ChosenCluster.Offers(Capability.AdmissionPolicies) => "The embedded API server evaluates no admission policies: name a real one by KUBEBUILDER_ASSETS.",
        "revocation" when !ChosenCluster.Offers(Capability.AnyRequest) => "It installs admission policies for the whole cluster: name a cluster of its own by KUBEBUILDER_ASSETS.",
        "records" when ChosenCluster.Kind is not ClusterKind.Embedded => "It writes 200,000 objects past the API: that needs the embedded cluster's store.",
        "containment" or "recovery" or "storm" or "quiet" or "all" when !ChosenCluster.Offers(Capability.SimulatedKubelets) => "Its pods run an image that exists only here, which needs this project's own kubelets: the embedded cluster, or KUBEBUILDER_ASSETS.",
        _ => null,
    };
}
