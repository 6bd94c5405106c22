using Operator;
using Operator.Runtime;

return await CommandLine.InvokeAsync(args, async (options, kubeconfig, stop) =>
{
    var app = OperatorHost.Build(options, KubernetesConnection.Locate(kubeconfig), TimeProvider.System);
    await app.RunAsync(stop);
    return 0;
});
