using System.Diagnostics;

namespace Operator.Tests;

/// <summary>The operator in a process of its own, which can be killed as a node's end kills it.</summary>
internal sealed class OperatorProcess : IDisposable
{
    private readonly Process process;

    private OperatorProcess(Process process) => this.process = process;

    public static OperatorProcess Start(TestCluster cluster, string folder)
    {
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        if (!File.Exists(kubeconfig))
            cluster.Api.WriteKubeconfig(kubeconfig);
        var program = Path.ChangeExtension(typeof(OperatorHost).Assembly.Location, ".dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, "--kubeconfig", kubeconfig, "--listen", "http://127.0.0.1:0", "--leader-elect", "false"])
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

    /// <summary>SIGKILL: nothing of it runs afterwards.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }
}
