using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Nodes;

public sealed class NodeCordonTests : ShopTest
{
    private const string Policy = "mode: Contain\ncontain: {node: Cordon}";

    [Fact]
    public async Task The_node_is_cordoned_while_the_recovery_goes_on_and_uncordoned_when_it_ends()
    {
        await Cluster.ClusterPolicyAsync(Policy);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync(new() { AllowUncheckedApprovals = true });

        await Cluster.FindAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is true, "the node is cordoned");
        (await NodeAsync(pods[0])).Annotations()[WellKnown.CordonedByAnnotation].Should().Contain(pods[0].Name());
        await CancelAsync(pods[0]);

        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is not true, "the node is uncordoned");
        (await NodeAsync(pods[0])).Annotations()?.ContainsKey(WellKnown.CordonedByAnnotation).Should().NotBe(true);
    }

    [Fact]
    public async Task A_node_that_two_recoveries_hold_stays_cordoned_until_the_second_ends()
    {
        await Cluster.ClusterPolicyAsync(Policy);
        var pods = await DeployTrustedAsync(4);
        var together = pods.GroupBy(p => p.Spec.NodeName).First(g => g.Count() >= 2).Take(2).ToList();
        await StartOperatorAsync();
        foreach (var pod in together)
            await Cluster.FindAsync(pod);
        await Waiting.UntilAsync(
            async () => (await NodeAsync(together[0])).Annotations() is { } all && all.TryGetValue(WellKnown.CordonedByAnnotation, out var holders)
                && together.All(p => holders.Contains(p.Name(), StringComparison.Ordinal)),
            "both hold it");

        await CancelAsync(together[0]);
        await Waiting.UntilAsync(
            async () => (await NodeAsync(together[0])).Annotations()[WellKnown.CordonedByAnnotation] is var holders && !holders.Contains(together[0].Name(), StringComparison.Ordinal),
            "the first let go");
        (await NodeAsync(together[0])).Spec.Unschedulable.Should().BeTrue();

        await CancelAsync(together[1]);
        await Waiting.UntilAsync(async () => (await NodeAsync(together[0])).Spec.Unschedulable is not true, "the node is uncordoned");
    }

    [Fact]
    public async Task A_node_that_somebody_else_cordoned_is_left_as_it_is()
    {
        await Cluster.ClusterPolicyAsync(Policy);
        var pods = await DeployTrustedAsync();
        await Cluster.Client.PatchNodeAsync(new V1Patch("""{"spec": {"unschedulable": true}}""", V1Patch.PatchType.MergePatch), pods[0].Spec.NodeName);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        waiting.Status!.Exposure.Should().Contain(e => e.Contains("already cordoned by somebody else"));
        await CancelAsync(pods[0]);
        await Cluster.EndedAsync(pods[0], "Cancelled");

        (await NodeAsync(pods[0])).Spec.Unschedulable.Should().BeTrue();
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "nodes");
    }

    [Fact]
    public async Task The_last_schedulable_node_is_never_cordoned()
    {
        await Cluster.ClusterPolicyAsync(Policy);
        var pods = await DeployTrustedAsync();
        foreach (var node in (await Cluster.Client.ListNodeAsync()).Items.Where(n => n.Name() != pods[0].Spec.NodeName))
            await Cluster.Client.PatchNodeAsync(new V1Patch("""{"spec": {"unschedulable": true}}""", V1Patch.PatchType.MergePatch), node.Name());
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        waiting.Status!.Exposure.Should().Contain(e => e.Contains("last schedulable"));
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "nodes");
    }

    private async Task<V1Node> NodeAsync(V1Pod pod) => await Cluster.Client.ReadNodeAsync(pod.Spec.NodeName);

    private async Task CancelAsync(V1Pod pod)
    {
        var recovery = (await Cluster.RecoveriesAsync(Shop)).Single(r => r.Spec.Target.Uid == pod.Uid());
        (await Cluster.Recoveries.PatchAsync(
            Runtime.ObjectKey.Of(recovery.Metadata),
            Runtime.Patch.Merge(new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["cancelled"] = true } }))).Required();
    }
}
