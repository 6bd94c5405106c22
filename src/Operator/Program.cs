using System.Security.Cryptography;
using k8s.Exceptions;
using Operator;
using Operator.Runtime;

return await CommandLine.InvokeAsync(args, async (options, kubeconfig, stop) =>
{
    WebApplication program;
    try
    {
        program = OperatorHost.Build(options, KubernetesConnection.Locate(kubeconfig), TimeProvider.System);
    }
    catch (Exception failure) when (failure is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException or FormatException or CryptographicException)
    {
        await Console.Error.WriteLineAsync($"The API server cannot be found: {failure.Message}");
        return 2;
    }
    catch (InvalidDataException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 2;
    }
    await program.RunAsync(stop);
    return 0;
});
