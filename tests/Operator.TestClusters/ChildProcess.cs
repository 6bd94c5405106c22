using System.Diagnostics;

namespace Operator.TestClusters;

/// <summary>A program that the tests started, with all that it prints in a file.</summary>
internal sealed class ChildProcess : IDisposable
{
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

    public static ChildProcess Start(string program, string logFile, IEnumerable<string> arguments)
    {
        if (!File.Exists(program))
            throw new InvalidOperationException($"There is no {program}.");
        return new(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!, logFile);
    }

    public void Kill()
    {
        if (disposed || process.HasExited)
            return;
        process.Kill();
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
