using System.Diagnostics;
using FluentAssertions;
using Operator.DevCluster;
using Xunit;

namespace Operator.TestClusters;

/// <summary>The kubectl of this machine, pointed at one cluster.</summary>
public sealed class Kubectl : IDisposable
{
    /// <summary>The one on PATH, else the one that came with a real API server.</summary>
    private static readonly string? Program = $"{Environment.GetEnvironmentVariable("PATH")}{Path.PathSeparator}{Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS")}"
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);

    private readonly string home = Directory.CreateTempSubdirectory("kubectl-").FullName;

    private Kubectl(KubernetesCluster cluster) => cluster.WriteKubeconfig(Path.Combine(home, "kubeconfig"));

    public static bool IsPresent => Program is not null;

    /// <summary>Skips the test where there is no kubectl.</summary>
    public static Kubectl For(KubernetesCluster cluster)
    {
        Assert.SkipUnless(IsPresent, "kubectl is not on PATH");
        return new(cluster);
    }

    public async Task<(int Code, string Output, string Error)> RunAsync(
        string arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, input is not null, environment);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        using CancellationTokenSource timeout = new(Waiting.Patience, TimeProvider.System);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>What kubectl prints when it succeeds.</summary>
    public async Task<string> OutputAsync(string arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        var (code, output, error) = await RunAsync(arguments, input, environment);
        code.Should().Be(0, "kubectl {0} said: {1}", arguments, error);
        return output;
    }

    /// <summary>The first lines of a command that would go on.</summary>
    public async Task<List<string>> LinesAsync(string arguments, int count, Func<int, Task> afterLine)
    {
        using var process = Start(arguments, withInput: false);
        using CancellationTokenSource timeout = new(Waiting.Patience, TimeProvider.System);
        List<string> lines = [];
        while (lines.Count < count && await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            lines.Add(line);
            await afterLine(lines.Count);
        }
        process.Kill();
        await process.WaitForExitAsync(timeout.Token);
        return lines;
    }

    public void Dispose() => Directory.Delete(home, recursive: true);

    private Process Start(string arguments, bool withInput, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Program!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = withInput,
        };
        start.Environment["HOME"] = home;
        start.Environment["KUBECONFIG"] = Path.Combine(home, "kubeconfig");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
