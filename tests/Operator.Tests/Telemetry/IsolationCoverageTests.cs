using Operator.Api.V1Alpha1;
using Operator.Runtime;
using Operator.Tests.Isolation;

namespace Operator.Tests.Telemetry;

/// <summary>What a policy says, before any incident, of pods that a quarantine would leave open.</summary>
public sealed class IsolationCoverageTests : ShopTest
{
    [Fact]
    public async Task Pods_that_a_quarantine_would_leave_open_are_counted_with_the_policies_that_do_as_labelled_and_as_detached()
    {
        await DeployTrustedAsync(2);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        await CoverageAsync(c => c is { Pods: 2, NotIsolated: 0, NotIsolatedDetached: 0, AllowedBy: [] }, "True");

        await OtherAsync("cart", "podSelector: {matchLabels: {app: cart}}, ingress: [{}]");
        await CoverageAsync(c => c is { NotIsolated: 2, NotIsolatedDetached: 0, AllowedBy: ["shop/cart"], AllowedDetachedBy: [] }, "False");

        await OtherAsync("dns", "podSelector: {}, egress: [{ports: [{port: 53}]}], policyTypes: [Egress]");
        await CoverageAsync(c => c is { NotIsolated: 2, NotIsolatedDetached: 2, AllowedBy: ["shop/cart", "shop/dns"], AllowedDetachedBy: ["shop/dns"] }, "False");

        await k8s.NetworkingV1OperationsExtensions.DeleteCollectionNamespacedNetworkPolicyAsync(Cluster.Client.NetworkingV1, Shop);
        await CoverageAsync(c => c is { NotIsolated: 0, AllowedBy: [], AllowedDetachedBy: [] }, "True");
    }

    [Theory]
    [InlineData("Cilium", 0)]
    [InlineData("ClusterNetworkPolicy", 1)]
    public async Task Under_a_deny_for_the_whole_cluster_only_what_it_cannot_deny_counts(string dialect, int notIsolated)
    {
        await Cluster.ApplyAsync(Dialects.AnySpec(dialect));
        await Cluster.ApplyAsync(Dialects.Text(dialect));
        await OtherAsync("pods", "podSelector: {}, ingress: [{from: [{podSelector: {}}]}], egress: [{}], policyTypes: [Ingress, Egress]");
        await OtherAsync("public", "podSelector: {matchLabels: {app: cart}}, ingress: [{}]");
        await DeployTrustedAsync(1);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        string[] by = notIsolated == 0 ? [] : ["shop/public"];
        await CoverageAsync(c => c.Pods == 1 && c.NotIsolated == notIsolated && c.NotIsolatedDetached == 0 && c.AllowedBy.SequenceEqual(by), notIsolated == 0 ? "True" : "False");
    }

    private Task OtherAsync(string name, string spec) =>
        Cluster.ApplyAsync($"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: {Shop}}}, spec: {{{spec}}}}}");

    private Task CoverageAsync(Func<PolicyCoverage, bool> covers, string isolable) => Waiting.UntilAsync(
        async () => await Cluster.Policies.GetAsync(new(Shop, "intrusion")) is ApiResult<RecoveryPolicy>.Ok { Value.Status: { Coverage: { } coverage, Conditions: var conditions } }
            && covers(coverage) && conditions.Any(c => c.Type == "Isolable" && c.Status == isolable),
        "its status says so");
}
