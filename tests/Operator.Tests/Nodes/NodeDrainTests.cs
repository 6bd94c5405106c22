using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Nodes;

/// <summary>A node that an attacker may hold is emptied once the compromised pod is replaced: by evictions, which ask every budget.</summary>
public sealed class NodeDrainTests : ShopTest
{
    private static readonly OperatorOptions Unchecked = new() { AllowUncheckedApprovals = true };

    protected override int NodeCount => 3;

    [Fact]
    public async Task Its_pods_leave_the_node_but_for_those_that_stay_and_it_takes_pods_again_in_the_end()
    {
        await DrainAsync("2s");
        await Cluster.DeployNumberedAsync("DaemonSet", Shop, "agent", $"cart:1.4@{Released}", pods: await NodesAsync());
        var target = await TargetAsync();
        var bare = await BarePodAsync("tool");
        await Cluster.DeployAsync(Shop, "api", $"cart:1.4@{Released}", 4);
        var staying = (await OnAsync(target.Spec.NodeName)).Where(p => p.Uid() == bare.Uid() || p.Name().StartsWith("agent", StringComparison.Ordinal)).Select(p => p.Uid()).ToList();
        var leaving = (await OnAsync(target.Spec.NodeName)).Where(p => p.Name().StartsWith("api", StringComparison.Ordinal)).Select(p => p.Uid()).ToList();
        leaving.Should().NotBeEmpty("the scheduler spreads");
        await StartOperatorAsync(Unchecked);

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        var evicted = (await Cluster.OperatorWritesAsync()).Where(r => r is { Resource: "pods", Subresource: "eviction", ResponseCode: 201 }).Select(r => r.Name).ToList();
        (await Cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().NotContain(leaving).And.Contain(staying);
        evicted.Should().HaveCountGreaterThanOrEqualTo(leaving.Count).And.OnlyContain(name => name.StartsWith("api", StringComparison.Ordinal) || name.StartsWith("cart", StringComparison.Ordinal));
        recovery.Status!.Progress!.NodeDrainedAt.Should().NotBeNull();
        recovery.Status.Progress.Notes.Should().ContainSingle().Which.Should().StartWith($"left on node {target.Spec.NodeName}: ").And.Contain("1 of DaemonSets");
        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNodeAsync(target.Spec.NodeName)).Spec.Unschedulable is not true, "the node takes pods again");
    }

    [Theory]
    [InlineData(1, "Cannot evict pod as it would violate the pod's disruption budget")]
    [InlineData(2, "more than one PodDisruptionBudget selects it")]
    public async Task What_budgets_keep_on_the_node_is_waited_for_and_named(int budgets, string says)
    {
        await DrainAsync("2s");
        var target = await TargetAsync();
        await Cluster.DeployAsync(Shop, "api", $"cart:1.4@{Released}", 4);
        for (var number = 1; number <= budgets; number++)
            await BudgetAsync($"api-{number}");
        await StartOperatorAsync(Unchecked);

        await Cluster.FindAsync(target);
        var waiting = await Cluster.RecoveryAsync(target, r => r.Status is { Reason: "Draining" } s && s.Message!.Contains(says), $"waits: {says}");
        waiting.Status!.Message.Should().Contain($"stays on node {target.Spec.NodeName}");
        (await Cluster.Client.ReadNodeAsync(target.Spec.NodeName)).Spec.Unschedulable.Should().BeTrue();
        for (var number = 1; number <= budgets; number++)
            await Cluster.Client.DeleteNamespacedPodDisruptionBudgetAsync($"api-{number}", Shop);

        await Cluster.EndedAsync(target);
        (await OnAsync(target.Spec.NodeName)).Should().NotContain(p => p.Name().StartsWith("api", StringComparison.Ordinal) && p.Metadata.CreationTimestamp < waiting.Status.Progress!.DrainStartedAt!.Value.UtcDateTime.AddSeconds(-1));
    }

    [Fact]
    public async Task A_replacement_that_finds_room_only_on_the_cordoned_node_lifts_the_cordon()
    {
        await DrainAsync("0s");
        var node = (await Cluster.Client.ListNodeAsync()).Items[0].Name();
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 2, podSpec: $"nodeSelector: {{kubernetes.io/hostname: {node}}}");
        var target = (await Cluster.PodsAsync(Shop))[0];
        await StartOperatorAsync();

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Progress!.CordonYielded.Should().BeTrue();
        recovery.Status.Progress.Notes.Should().ContainSingle().Which.Should().StartWith($"the cordon of node {node} was lifted for ").And.Contain("were unschedulable");
        recovery.Status.Replacements.Should().ContainSingle().Which.Node.Should().Be(node);
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Subresource == "eviction");
    }

    [Fact]
    public async Task One_node_is_drained_at_a_time()
    {
        await DrainAsync("0s");
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 4);
        var nodes = (await Cluster.PodsAsync(Shop)).GroupBy(p => p.Spec.NodeName).Select(g => g.First()).ToList();
        nodes.Should().HaveCount(3, "the scheduler spreads");
        await Cluster.DeployAsync(Shop, "api", $"cart:1.4@{Released}", 6);
        await BudgetAsync("api");
        await StartOperatorAsync();

        await Cluster.FindAsync(nodes[0]);
        await Cluster.RecoveryAsync(nodes[0], r => r.Status?.Reason == "Draining", "drains");
        await Cluster.FindAsync(nodes[1]);
        var second = await Cluster.RecoveryAsync(nodes[1], r => r.Status?.Reason == "NodeBusy", "waits for the other");
        second.Status!.Message.Should().Contain("one is drained at a time");
        await Cluster.Client.DeleteNamespacedPodDisruptionBudgetAsync("api", Shop);

        await Cluster.EndedAsync(nodes[0]);
        await Cluster.EndedAsync(nodes[1]);
    }

    private Task DrainAsync(string soak) => Cluster.ClusterPolicyAsync($"contain: {{node: Drain}}\nverify: {{soak: {soak}}}");

    private async Task<V1Pod> TargetAsync()
    {
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 1);
        return (await Cluster.PodsAsync(Shop)).Single(p => p.Name().StartsWith("cart", StringComparison.Ordinal));
    }

    /// <summary>None of api's pods may be disrupted, and its controller has said so.</summary>
    private async Task BudgetAsync(string name)
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: {{name}}, namespace: {{Shop}} }
            spec: {maxUnavailable: 0, selector: {matchLabels: {app: api} } }
            """);
        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNamespacedPodDisruptionBudgetAsync(name, Shop)).Status is { ObservedGeneration: >= 1, CurrentHealthy: > 0 }, $"budget {name} is counted");
    }

    private async Task<int> NodesAsync() => (await Cluster.Client.ListNodeAsync()).Items.Count;

    private async Task<IReadOnlyList<V1Pod>> OnAsync(string node) => [.. (await Cluster.PodsAsync(Shop)).Where(p => p.Spec.NodeName == node)];
}
