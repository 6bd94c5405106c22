using System.Diagnostics;

namespace Operator.TestClusters;

/// <summary>A program that the tests started, with all that it prints in a file. It never outlives them.</summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>
    /// Runs the program until it ends, or until the standard input does: it is held open by this process, and closed by its end, whatever ends it.
    /// A signal to the whole process group, as Ctrl-C sends, ends it at once as well: a kube-apiserver without etcd would not come to its end by itself.
    /// </summary>
    private const string UntilInputEnds = """
        exec 3<&0
        "$@" 3<&- </dev/null &
        program=$!
        trap 'kill -KILL "$program"' HUP INT TERM
        { read -r _ <&3; kill -KILL "$program"; } &
        watcher=$!
        exec 3<&-
        wait "$program"
        status=$?
        kill "$watcher" 2>/dev/null
        exit "$status"
        """;

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly StreamWriter log;
    private readonly string logFile;
    private bool disposed;

    private ChildProcess(Process process, string logFile)
    {
        (this.process, this.logFile) = (process, logFile);
        log = new(new FileStream(logFile, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => process.HasExited;

    /// <summary>The last that it printed.</summary>
    public string Log
    {
        get
        {
            using StreamReader reader = new(new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return string.Join('\n', reader.ReadToEnd().Split('\n').TakeLast(20));
        }
    }

    public static ChildProcess Start(string program, string logFile, IEnumerable<string> arguments) => new(
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", UntilInputEnds, "sh", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!,
        logFile);

    public void Kill()
    {
        lock (gate)
            if (disposed)
                return;
        process.StandardInput.Close();
        process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        lock (gate)
            disposed = true;
        process.Dispose();
        log.Dispose();
    }

    private void Write(string? line)
    {
        lock (gate)
            if (line is not null && !disposed)
                log.WriteLine(line);
    }
}
