using System.CommandLine;

namespace Operator.Demo;

internal enum OutputFormat
{
    Text,
    Json,
}

/// <summary>What the demo is asked for.</summary>
/// <param name="Findings">A file, a folder, or - for standard input; null for the shop's own alerts.</param>
/// <param name="Output">Lines and a table for people, or one JSON document for scripts.</param>
/// <param name="Keep">Leave the cluster running until it is interrupted.</param>
/// <param name="PinAtAdmission">Install config/admission and have the shop's tags pinned there; no option of the command line, for the embedded API server evaluates no CEL.</param>
internal sealed record DemoOptions(string? Findings, OutputFormat Output, bool Keep, bool PinAtAdmission = false);

/// <summary>The command line of the demo.</summary>
internal static class CommandLine
{
    private static readonly Option<string?> Findings = new("--findings")
    { Description = "Falco alerts to replay instead of the shop's: a file or folder of JSON documents or lines, or - for standard input." };
    private static readonly Option<OutputFormat> Output = new("--output")
    { Description = "text: lines and a table. json: one document for scripts." };
    private static readonly Option<bool> Keep = new("--keep")
    { Description = "Leave the cluster running until Ctrl-C, and print a kubeconfig for kubectl and how to send alerts." };

    public static Task<int> InvokeAsync(string[] args)
    {
        var root = new RootCommand("Recovers a small shop from Falco alerts, on an embedded cluster, with the real operator.") { Findings, Output, Keep };
        root.SetAction((parsed, stop) => Demonstration.RunAsync(
            new DemoOptions(parsed.GetValue(Findings), parsed.GetValue(Output), parsed.GetValue(Keep)), Console.In, Console.Out, stop));
        return root.Parse(args).InvokeAsync();
    }
}
