using System.Net.Sockets;
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
    await using (program)
    {
        try
        {
            await program.StartAsync(stop);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            // What has started beside it ends as it should, and the last line says why.
            await program.StopAsync(CancellationToken.None);
            var ports = options.TlsCertificates is null ? options.Listen : $"{options.Listen} and {options.TlsListen}";
            await Console.Error.WriteLineAsync($"The operator cannot listen on {ports}: {failure.Message}");
            return 2;
        }
        await program.WaitForShutdownAsync(stop);
    }
    return 0;
});
