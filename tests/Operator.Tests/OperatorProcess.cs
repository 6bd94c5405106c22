using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Operator.Tests;

/// <summary>The operator in a process of its own, which can be killed as a node's end kills it.</summary>
internal sealed partial class OperatorProcess : IDisposable
{
    private const int Stop = 19, Continue = 18;
    private readonly Process process;

    private OperatorProcess(Process process) => this.process = process;

    /// <summary>Who it is in the lease that it competes for.</summary>
    public string Identity => $"{Environment.MachineName}-{process.Id}";

    public bool HasExited => process.HasExited;

    /// <param name="cluster">Where it runs.</param>
    /// <param name="folder">Where its kubeconfig is kept.</param>
    /// <param name="listen">Where its receiver listens; on any free port by default.</param>
    /// <param name="leaderElection">Whether it competes for the lease with others.</param>
    public static OperatorProcess Start(TestCluster cluster, string folder, string listen = "http://127.0.0.1:0", bool leaderElection = false)
    {
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        if (!File.Exists(kubeconfig))
            cluster.Api.WriteKubeconfig(kubeconfig, cluster.OperatorToken);
        var program = Path.ChangeExtension(typeof(OperatorHost).Assembly.Location, ".dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, "--kubeconfig", kubeconfig, "--listen", listen, "--leader-elect", leaderElection ? "true" : "false", "--keep-quarantine-policy-minutes", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process);
    }

    /// <summary>Runs it with these arguments to its end; what it says on either output.</summary>
    public static async Task<(int Code, string Said)> RunAsync(params IEnumerable<string> arguments)
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(OperatorHost).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, said + await errors);
    }

    /// <summary>SIGKILL: nothing of it runs afterwards.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>SIGSTOP: it stands still, and does not know it.</summary>
    public void Suspend() => Signal(Stop);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Resume() => Signal(Continue);

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private void Signal(int signal)
    {
        if (Send(process.Id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int process, int signal);
}
