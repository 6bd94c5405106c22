using System.Diagnostics;
using Xunit;

namespace Operator.TestClusters;

/// <summary>A program that users of the operator have and that not every machine has: a test that needs it is left out where it is not on the PATH.</summary>
public sealed class ExternalProgram
{
    private readonly string file;

    private ExternalProgram(string file) => this.file = file;

    /// <summary>Those under which it is packaged, the first that is there.</summary>
    public static ExternalProgram Needed(params string[] names)
    {
        var found = (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                     from name in names
                     let path = Path.Combine(folder, name)
                     where File.Exists(path)
                     select path).FirstOrDefault();
        Assert.SkipWhen(found is null, $"{names[0]} is not on the PATH");
        return new(found!);
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        using CancellationTokenSource timeout = new(Waiting.Patience, TimeProvider.System);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts it; whoever does kills it.</summary>
    public Process Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end on what it reads from its standard input; what it says on either output.</summary>
    public async Task<string> ReadAsync(string input, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        using CancellationTokenSource timeout = new(Waiting.Patience, TimeProvider.System);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(timeout.Token);
        return await output + await error;
    }
}
