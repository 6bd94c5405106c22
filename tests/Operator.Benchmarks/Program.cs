using Operator.Benchmarks;

if (args is not ["revocation"])
{
    Console.Error.WriteLine("usage: KUBEBUILDER_ASSETS=... dotnet run -c Release --project tests/Operator.Benchmarks -- revocation");
    return 1;
}
if (!ChosenCluster.Offers(Capability.AdmissionPolicies))
{
    Console.Error.WriteLine("The embedded API server evaluates no admission policies: name a real one by KUBEBUILDER_ASSETS or TEST_KUBECONFIG.");
    return 1;
}
await using (new ClusterReport())
    await RevocationLatency.RunAsync(Console.Out);
return 0;
