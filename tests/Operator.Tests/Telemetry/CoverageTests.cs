using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Telemetry;

/// <summary>What a policy says of the pods that it is about, before anything happens.</summary>
public sealed class CoverageTests : ShopTest
{
    [Fact]
    public async Task Pods_in_protected_namespaces_are_not_counted_since_nothing_would_be_done_there()
    {
        await Cluster.NamespaceAsync("payments");
        Cluster.Push("search", "5.2");
        await Cluster.DeployAsync("payments", "search", "search:5.2", 3);
        await DeployTrustedAsync(2);
        await Cluster.ClusterPolicyAsync("");

        await StartOperatorAsync(new() { ProtectedNamespaces = ["payments"] });

        await Waiting.UntilAsync(
            async () => (await Cluster.ClusterPolicies.GetAsync(new("", "everywhere"))) is ApiResult<ClusterRecoveryPolicy>.Ok { Value.Status.Coverage: { Pods: 2, Trusted: 2, Missing.Count: 0 } },
            "only the shop's pods are counted");
    }
}
