using k8s;
using k8s.Models;

namespace Operator.Tests.Access;

/// <summary>Without a role that a user may leave out the operator starts, says what it cannot do, and does the rest.</summary>
public sealed class MissingRoleTests : ShopTest
{
    private const string Nodes = $"{OperatorOptions.FieldManager}-nodes";
    private const string WorkloadWrites = $"{OperatorOptions.FieldManager}-workload-writes";
    private const string AdmissionData = $"{OperatorOptions.FieldManager}-admission-data";

    private const string Cordoning = "contain: {node: Cordon}";

    [Theory]
    [InlineData(Nodes)]
    [InlineData(WorkloadWrites)]
    [InlineData(AdmissionData)]
    public async Task It_becomes_ready_and_says_in_a_metric_which_role_is_missing(string role)
    {
        await Cluster.WithoutAsync(role);
        var running = await StartOperatorAsync();

        await running.ReadyAsync();

        var metrics = await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        foreach (var other in (string[])[Nodes, WorkloadWrites, AdmissionData])
            metrics.Should().Contain($"immutable_recovery_role_granted{{role=\"{other}\"}} {(other == role ? 0 : 1)}");
    }

    [Theory]
    [InlineData(Cordoning)]
    [InlineData("contain: {node: Drain}")]
    public async Task Without_nodes_a_recovery_goes_on_and_says_that_the_node_was_not_cordoned(string contain)
    {
        await Cluster.WithoutAsync(Nodes);
        await Cluster.ClusterPolicyAsync(contain);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var ended = await Cluster.EndedAsync(pods[0]);
        ended.Status!.Exposure.Should().ContainSingle(e => e.StartsWith($"node {pods[0].Spec.NodeName} is not cordoned: ClusterRole {Nodes} is not granted"));
        Cluster.Api.Requests.All.Where(TestCluster.IsOperator).Should().NotContain(r => r.Resource == "nodes", "nothing is asked for that is not granted");
        var policy = (await Cluster.ClusterPolicies.GetAsync(new("", "everywhere"))).Required();
        policy.Status!.Conditions.Single(c => c.Type == "Permitted").Should().Match<Api.V1Alpha1.StatusCondition>(
            c => c.Status == "False" && c.Reason == "RolesMissing" && c.Message!.Contains($"ClusterRole {Nodes} is not granted to the operator: nodes are not cordoned"));
    }

    [Fact]
    public async Task Without_workload_writes_a_trusted_template_is_recovered()
    {
        await Cluster.WithoutAsync(WorkloadWrites);
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        await Cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task Without_workload_writes_a_poisoned_tag_is_contained_and_left_to_a_person_until_the_role_is_granted()
    {
        await Cluster.WithoutAsync(WorkloadWrites);
        await Cluster.PolicyAsync(Shop);
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 2, pull: "Always");
        var pods = await Cluster.PodsAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var blocked = await Cluster.BlockedAsync(pods[0], "NotPermitted");
        blocked.Status!.Message.Should().Be(
            $"Deployment cart names an image that is no trusted digest, and ClusterRole {WorkloadWrites} is not granted to the operator; woken by that role, or the workload's template");
        blocked.Status.Conditions.Should().Contain(c => c.Type == "Contained" && c.Status == "True").And.Contain(c => c.Type == "EvidenceCaptured" && c.Status == "True");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments" || r.Resource == "replicasets");
    }

    [Fact]
    public async Task A_role_bound_in_one_namespace_is_used_there()
    {
        await Cluster.WithoutAsync(WorkloadWrites);
        await Cluster.ApplyAsync($$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: pinning, namespace: {{Shop}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{WorkloadWrites}}}
            subjects: [{kind: ServiceAccount, name: {{OperatorOptions.FieldManager}}, namespace: {{TestCluster.OperatorNamespace}}}]
            """);
        await Cluster.PolicyAsync(Shop);
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 1, pull: "Always");
        var pods = await Cluster.PodsAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        await Cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task A_role_that_is_taken_away_while_it_runs_is_noticed_when_it_is_missed()
    {
        await Cluster.ClusterPolicyAsync(Cordoning);
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        await Cluster.WithoutAsync(Nodes);

        await Cluster.FindAsync(pods[0]);

        var ended = await Cluster.EndedAsync(pods[0]);
        ended.Status!.Exposure.Should().Contain(e => e.Contains("is not cordoned"));
    }

    [Fact]
    public async Task A_role_that_is_taken_away_in_the_middle_blocks_what_needs_it_and_names_it()
    {
        await Cluster.PolicyAsync(Shop);
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 1, pull: "Always");
        var pods = await Cluster.PodsAsync(Shop);
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        await Cluster.WithoutAsync(WorkloadWrites);

        await Cluster.FindAsync(pods[0]);

        var blocked = await Cluster.BlockedAsync(pods[0], "NotPermitted");
        blocked.Status!.Message.Should().Contain(WorkloadWrites);
        (await Cluster.PodsAsync(Shop)).Should().Contain(p => p.Metadata.Uid == pods[0].Metadata.Uid, "nothing is taken out that would come back as it was");
    }

    [Fact]
    public async Task Without_admission_data_a_recovery_ends_as_it_would_and_no_revocation_is_written()
    {
        await Cluster.WithoutAsync(AdmissionData);
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        await Cluster.EndedAsync(pods[0]);
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "imagerevocationlists");
    }

    [Fact]
    public async Task A_role_that_is_granted_later_is_used_without_a_restart()
    {
        await Cluster.WithoutAsync(Nodes);
        await Cluster.ClusterPolicyAsync($"mode: Contain\n{Cordoning}");
        var pods = await DeployTrustedAsync();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var running = await StartOperatorAsync(time: time);
        await running.ReadyAsync();
        foreach (var file in ShippedRoles.Files.Where(f => f.EndsWith("nodes.yaml", StringComparison.Ordinal)))
            await Cluster.ApplyAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(20));
                return (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains($"immutable_recovery_role_granted{{role=\"{Nodes}\"}} 1", StringComparison.Ordinal);
            },
            "the role is found to be granted");
        await Cluster.FindAsync(pods[0]);

        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNodeAsync(pods[0].Spec.NodeName)).Spec.Unschedulable is true, "the node is cordoned");
    }
}
