using k8s;
using k8s.Exceptions;
using Operator;
using Operator.Runtime;

return await CommandLine.InvokeAsync(args, async (options, kubeconfig, stop) =>
{
    KubernetesClientConfiguration cluster;
    try
    {
        cluster = KubernetesConnection.Locate(kubeconfig);
    }
    catch (Exception failure) when (failure is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
    {
        await Console.Error.WriteLineAsync($"The API server cannot be found: {failure.Message}");
        return 2;
    }
    await OperatorHost.Build(options, cluster, TimeProvider.System).RunAsync(stop);
    return 0;
});
