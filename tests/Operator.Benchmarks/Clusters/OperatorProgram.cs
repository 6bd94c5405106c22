using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Operator.Benchmarks.Clusters;

/// <summary>The operator in a process of its own.</summary>
internal sealed class OperatorProgram : IDisposable
{
    private readonly Process process;
    private bool ended;

    private OperatorProgram(Process process, Uri address, long startedAt)
    {
        (this.process, StartedAt) = (process, startedAt);
        Http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BenchedCluster.SourceToken);
    }

    /// <summary>A program compiled ahead of time to be measured; without one it is what was built beside this.</summary>
    public static string? Native { get; set; }

    /// <summary>Its receiver, metrics and health endpoints.</summary>
    public HttpClient Http { get; }

    /// <summary>When its process was asked for.</summary>
    public long StartedAt { get; }

    /// <summary>Resident memory now, in bytes.</summary>
    public long Resident => Status("VmRSS");

    /// <summary>The most that was ever resident.</summary>
    public long Peak => Status("VmHWM");

    /// <summary>What its own work has taken so far, however long it had to wait for a core, in milliseconds.</summary>
    public double ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalMilliseconds;
        }
    }

    public static OperatorProgram Start(BenchedCluster cluster)
    {
        var address = $"http://127.0.0.1:{FreePort.Take().ToString(CultureInfo.InvariantCulture)}";
        string[] arguments = ["--kubeconfig", cluster.Kubeconfig, "--listen", address];
        var start = Native is { } file
            ? new ProcessStartInfo(file, arguments)
            : new ProcessStartInfo("dotnet", ["exec", typeof(OperatorHost).Assembly.Location, .. arguments]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var startedAt = TimeProvider.System.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.Write(line.Data is { Length: > 0 } said ? said + "\n" : "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, new(address), startedAt);
    }

    public Task ReadyAsync(TimeSpan? longest = null) => Waiting.UntilAsync(AnswersAsync, "the operator is ready", longest);

    /// <summary>Ends it as a node's shutdown does, so that it gives its lease back.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (ended)
            return;
        ended = true;
        Http.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        if (process.HasExited)
            throw new InvalidOperationException($"The operator ended with exit code {process.ExitCode}.");
        try
        {
            using var response = await Http.GetAsync(new Uri("readyz", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private long Status(string field) =>
        long.Parse(File.ReadLines($"/proc/{process.Id}/status").Single(l => l.StartsWith($"{field}:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
