using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl drain, on a cluster of its own: it concerns whole nodes.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private EmbeddedCluster cluster = null!;
    private Namespace space = null!;
    private Kubectl kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        space = await Namespace.CreateAsync(cluster, "shop");
        kubectl = Kubectl.For(cluster);
    }

    [Fact]
    public async Task Drain_asks_what_becomes_of_DaemonSets()
    {
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        await space.ReadyPodsAsync(2);

        var (code, _, error) = await kubectl.RunAsync("drain node-1");
        string drained = await kubectl.OutputAsync("drain node-1 --ignore-daemonsets");

        code.Should().Be(1);
        error.Should().Contain("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): shop/agent-");
        drained.Should().EndWith("node/node-1 drained\n");
        (await kubectl.OutputAsync("get node node-1")).Should().Contain("Ready,SchedulingDisabled");
        (await space.ReadyPodsAsync(2)).Select(p => p.TextAt("spec", "nodeName")).Should().BeEquivalentTo("node-1", "node-2");
    }

    [Fact]
    public async Task Drain_evicts_and_waits_for_a_budget()
    {
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        await space.ReadyPodsAsync(2);
        var budget = Objects.Of("policy/v1", "PodDisruptionBudget", "cart");
        budget["spec"] = JsonNode.Parse("""{"minAvailable": 2, "selector": {"matchLabels": {"app": "cart"}}}""");
        await space.CreateAsync("poddisruptionbudgets", budget);
        await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "expectedPods") == 2, "the budget is known");
        string node = (await space.ListAsync("pods"))[0].TextAt("spec", "nodeName");

        var (code, _, error) = await kubectl.RunAsync($"drain {node} --timeout=3s");
        await space.DeleteAsync("poddisruptionbudgets", "cart");
        string drained = await kubectl.OutputAsync($"drain {node}");

        code.Should().Be(1);
        error.Should().Contain("Cannot evict pod as it would violate the pod's disruption budget.");
        drained.Should().Contain("evicting pod shop/cart-").And.Contain(" evicted\n").And.EndWith($"node/{node} drained\n");
        (await space.ReadyPodsAsync(2)).Select(p => p.TextAt("spec", "nodeName")).Should().NotContain(node);
    }

    [Fact]
    public async Task Drain_without_evictions_deletes()
    {
        await space.CreateAsync("pods", Objects.Pod("alone", "node-1"));
        await space.ReadyPodsAsync(1);

        (await kubectl.RunAsync("drain node-1")).Error.Should().Contain("cannot delete Pods that declare no controller (use --force to override): shop/alone");
        await kubectl.OutputAsync("drain node-1 --force --disable-eviction --grace-period=0");

        (await space.ListAsync("pods")).Should().BeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        kubectl?.Dispose();
        space.Dispose();
        await cluster.DisposeAsync();
    }
}
