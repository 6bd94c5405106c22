using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;
using Operator.Isolation;

namespace Operator.Tests.Isolation;

/// <summary>A deny for the whole cluster in each dialect: found, relied on, and given up when it is changed or gone.</summary>
public sealed class ClusterIsolationTests : ShopTest
{
    public static TheoryData<string> Names => Dialects.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Where_it_is_in_force_one_patch_contains_and_the_condition_names_it(string dialect)
    {
        await InstallAsync(dialect);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var waiting = await ContainedAsync(pods[0]);

        ContainedOf(waiting).Should().Match<StatusCondition>(c => c.Status == "True" && c.Message.Contains($"{Dialects.Of(dialect).Kind} immutable-recovery-quarantine") && c.Message.Contains("connections that were open"));
        if (!IsolationDialect.All.Single(d => d.Name == dialect).OnlyPods)
            (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "networkpolicies");
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource == "pods").Should().ContainSingle();
        (await running.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative))).Should().Contain($"{Readiness.Isolation}{Dialects.Of(dialect).Kind} ");
        var metrics = await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        metrics.Should().Contain($$"""immutable_recovery_isolation{dialect="{{dialect}}"} 1""").And.Contain("""immutable_recovery_isolation{dialect="NetworkPolicy"} 0""");
    }

    [Theory]
    [InlineData("from: [{podSelector: {}}, {namespaceSelector: {}}]", "True")]
    [InlineData("from: [{podSelector: {}}, {ipBlock: {cidr: 198.51.100.0/24}}]", "Unknown")]
    [InlineData("ports: [{port: 8080}]", "Unknown")]
    public async Task Beside_a_deny_of_pods_a_NetworkPolicy_keeps_out_what_comes_from_outside_and_another_may_not_allow_it(string rule, string contained)
    {
        await InstallAsync("ClusterNetworkPolicy");
        await Cluster.ApplyAsync($$"""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: public, namespace: shop}
            spec: {podSelector: {}, ingress: [{ {{rule}} }], egress: [{}], policyTypes: [Ingress, Egress]}
            """);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var condition = ContainedOf(await ContainedAsync(pods[0]));

        (await Cluster.OperatorWritesAsync()).Should().Contain(r => r.Resource == "networkpolicies");
        condition.Status.Should().Be(contained);
        condition.Message.Should().Contain("ClusterNetworkPolicy immutable-recovery-quarantine").And.Contain("outside the cluster").And.NotContain("egress by");
        if (contained == "Unknown")
            condition.Message.Should().Contain("ingress by shop/public");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_object_that_allows_something_is_not_relied_on(string dialect)
    {
        await Cluster.ApplyAsync(Dialects.AnySpec(dialect));
        await Cluster.ApplyAsync(Dialects.Text(dialect).Replace("Deny", "Allow", StringComparison.Ordinal));
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await ContainedAsync(pods[0]);

        (await Cluster.OperatorWritesAsync()).Should().Contain(r => r.Resource == "networkpolicies");
    }

    [Fact]
    public async Task One_that_is_edited_while_it_is_relied_on_is_given_up_for_a_NetworkPolicy()
    {
        await InstallAsync("Calico");
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        ContainedOf(await ContainedAsync(pods[0])).Message.Should().Contain("GlobalNetworkPolicy");

        await PatchAsync("Calico", """{"spec": {"order": 5000}}""");
        await Cluster.FindAsync(pods[0], "Another rule");

        await NetworkPolicyAsync();
        await Cluster.RecoveryAsync(pods[0], r => !ContainedOf(r).Message.Contains("GlobalNetworkPolicy"), "no longer names it");
    }

    [Fact]
    public async Task One_that_is_deleted_is_missed_within_a_minute_and_NetworkPolicies_take_over()
    {
        await InstallAsync("Cilium");
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await StartOperatorAsync(new(), time);
        await Cluster.FindAsync(pods[0]);
        await ContainedAsync(pods[0]);

        var d = Dialects.Of("Cilium");
        await Cluster.Client.DeleteClusterCustomObjectAsync(d.Group, d.Version, d.Plural, ClusterDeny.ObjectName);

        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 1;
            },
            "a NetworkPolicy isolates the pod");
        (time.GetUtcNow() - time.Start).Should().BeLessThan(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task One_that_is_installed_later_is_found_within_a_minute()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        var running = await StartOperatorAsync(new(), time);
        await running.ReadyAsync();

        await InstallAsync("ClusterNetworkPolicy");

        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return (await running.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative))).Contains("ClusterNetworkPolicy immutable-recovery-quarantine");
            },
            "it is found");
    }

    [Fact]
    public async Task What_cannot_be_read_any_longer_is_not_claimed()
    {
        await InstallAsync("Calico");
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        using Unreachable unreachable = new("globalnetworkpolicies");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var running = await OperatorInProcess.StartAsync(Cluster, time: time, handlers: unreachable);
        await Waiting.UntilAsync(
            async () => (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains("""immutable_recovery_isolation{dialect="Calico"} 1"""), "it is relied on");

        unreachable.From = true;
        time.Advance(TimeSpan.FromSeconds(10));
        await Cluster.FindAsync(pods[0]);

        await NetworkPolicyAsync();
        ContainedOf(await ContainedAsync(pods[0])).Message.Should().NotContain("GlobalNetworkPolicy");
    }

    private async Task InstallAsync(string dialect)
    {
        await Cluster.ApplyAsync(Dialects.AnySpec(dialect));
        await Cluster.ApplyAsync(Dialects.Text(dialect));
    }

    private Task PatchAsync(string dialect, string patch) => Dialects.Of(dialect) is var d
        ? Cluster.Client.PatchClusterCustomObjectAsync(new V1Patch(patch, V1Patch.PatchType.MergePatch), d.Group, d.Version, d.Plural, ClusterDeny.ObjectName)
        : Task.CompletedTask;

    private Task NetworkPolicyAsync() =>
        Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 1, "a NetworkPolicy isolates the pod");

    private Task<Recovery> ContainedAsync(V1Pod pod) => Cluster.RecoveryAsync(pod, r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

    private static StatusCondition ContainedOf(Recovery recovery) => recovery.Status!.Conditions.Single(c => c.Type == "Contained");

    /// <summary>The API server answers 503 to whatever names a resource, from when it is told to.</summary>
    private sealed class Unreachable(string resource) : DelegatingHandler
    {
        public bool From { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            From && request.RequestUri!.AbsolutePath.Contains(resource, StringComparison.Ordinal)
                ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("{}") })
                : base.SendAsync(request, cancellationToken);
    }
}
