using System.CommandLine;
using System.Security.Cryptography;
using k8s.Exceptions;
using Operator.Runtime;

namespace Operator.Installation;

/// <summary>The command line of <see cref="InstallationCheck"/>.</summary>
internal static class CheckInstallationCommand
{
    private static readonly Option<Uri> Receiver = new("--receiver")
    { Description = "The receiver's URL, up to the port.", Required = true, CustomParser = r => Uri.TryCreate(r.Tokens.Single().Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : Wrong(r, "must be http://HOST:PORT or https://HOST:PORT") };
    private static readonly Option<string> Source = new("--source") { Description = "The FindingSource that is spoken for.", DefaultValueFactory = _ => "installation-check" };
    private static readonly Option<string> TokenFile = new("--token-file") { Description = "File with the bearer token of the source.", Required = true };
    private static readonly Option<string?> CaFile = new("--ca-file") { Description = "File with the authorities of the receiver's certificate; without it those of the machine." };
    private static readonly Option<string> Namespace = new("--namespace") { Description = "The namespace of the pod.", Required = true };
    private static readonly Option<string> Pod = new("--pod") { Description = "The pod that the finding is about.", Required = true };
    private static readonly Option<string> OperatorNamespace = new("--operator-namespace")
    { Description = "The operator's own namespace.", DefaultValueFactory = _ => new OperatorOptions().Namespace };

    /// <param name="kubeconfig">The option that all commands share.</param>
    public static Command Create(Option<string?> kubeconfig)
    {
        Command command = new("check-installation", "Takes one finding about a pod from the receiver to a recorded plan. A policy in mode Observe must be about that pod; nothing happens to it.")
        {
            Receiver, Source, TokenFile, CaFile, Namespace, Pod, OperatorNamespace, kubeconfig,
        };
        command.SetAction(async (parsed, stop) =>
        {
            try
            {
                CheckedInstallation installation = new()
                {
                    Receiver = parsed.GetRequiredValue(Receiver),
                    Source = parsed.GetRequiredValue(Source),
                    Token = (await File.ReadAllTextAsync(parsed.GetRequiredValue(TokenFile), stop)).Trim(),
                    Pod = new(parsed.GetRequiredValue(Namespace), parsed.GetRequiredValue(Pod)),
                    OperatorNamespace = parsed.GetRequiredValue(OperatorNamespace),
                };
                using var receiver = InstallationCheck.Client(parsed.GetValue(CaFile) is { } file ? await File.ReadAllTextAsync(file, stop) : null);
                using KubernetesConnection connection = new(KubernetesConnection.Locate(parsed.GetValue(kubeconfig)), OperatorOptions.FieldManager);
                return await new InstallationCheck(installation, receiver, connection, TimeProvider.System, Console.Out).RunAsync(stop);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or KubeConfigException or CryptographicException)
            {
                await Console.Error.WriteLineAsync(failure.Message);
                return 2;
            }
        });
        return command;
    }

    private static Uri? Wrong(System.CommandLine.Parsing.ArgumentResult result, string why)
    {
        result.AddError($"{result.Tokens.Single().Value}: {why}.");
        return null;
    }
}
