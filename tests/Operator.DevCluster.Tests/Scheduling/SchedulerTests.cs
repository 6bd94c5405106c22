using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Scheduling;

public sealed class SchedulerTests(ClusterFixture fixture)
{
    [Fact]
    public async Task Pods_are_spread_over_the_nodes()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Nodes = 3 }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 9));

        var pods = await space.ReadyPodsAsync(9);

        pods.GroupBy(p => p.TextAt("spec", "nodeName")).Select(g => (g.Key, g.Count())).Should().BeEquivalentTo([("node-1", 3), ("node-2", 3), ("node-3", 3)]);
    }

    [Fact]
    public async Task A_cordoned_node_takes_no_pods()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await CordonAsync(space, "node-1", true);
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        (await space.ReadyPodsAsync(3)).Select(p => p.TextAt("spec", "nodeName")).Should().OnlyContain(node => node == "node-2");

        await CordonAsync(space, "node-2", true);
        await space.MergeAsync("deployments", "cart", """{"spec": {"replicas": 4}}""");
        var pending = (await space.UntilAsync("pods", pods => pods.Any(p => p.ConditionOf("PodScheduled")?.Text("status") == "False"), "one cannot be scheduled"))
            .Single(p => !p.IsReady);
        await CordonAsync(space, "node-1", false);
        var pods = await space.ReadyPodsAsync(4);

        pending.ConditionOf("PodScheduled")!.Text("reason").Should().Be("Unschedulable");
        pending.ConditionOf("PodScheduled")!.Text("message").Should().StartWith("0/2 nodes are available: 2 node(s) were unschedulable. ");
        pods.Single(p => p.Uid == pending.Uid).TextAt("spec", "nodeName").Should().Be("node-1");
    }

    [Fact]
    public async Task Selectors_and_taints_keep_pods_away()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.Api.MergeAsync("/api/v1/nodes/node-1", JsonNode.Parse("""{"spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}}""")!);
        await space.Api.MergeAsync("/api/v1/nodes/node-2", JsonNode.Parse("""{"metadata": {"labels": {"disk": "slow"}}}""")!);
        await space.CreateAsync("pods", Pod("fits-none", """{"nodeSelector": {"disk": "fast"}}"""));
        await space.CreateAsync("pods", Pod("tolerates", """{"tolerations": [{"key": "gpu", "operator": "Equal", "value": "yes"}], "nodeSelector": {"kubernetes.io/hostname": "node-1"}}"""));

        var tolerates = await space.UntilAsync("pods", "tolerates", p => p.IsReady, "it runs");
        var none = await space.UntilAsync("pods", "fits-none", p => p.ConditionOf("PodScheduled") is not null, "it was looked at");

        tolerates.TextAt("spec", "nodeName").Should().Be("node-1");
        none.ConditionOf("PodScheduled")!.Text("message").Should().StartWith("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ");
    }

    [Fact]
    public async Task A_pod_that_names_its_node_runs_there()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("pods", Objects.Pod("p", "node-2"));

        var pod = (await space.ReadyPodsAsync(1)).Single();

        pod.TextAt("status", "hostIP").Should().Be("10.0.0.2");
        pod.ConditionOf("PodScheduled")!.Text("status").Should().Be("True");
    }

    [Fact]
    public async Task What_the_scheduler_does_not_understand_it_does_not_take_for_met()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("pods", Pod("p", """{"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}}}"""));

        var pod = await space.UntilAsync("pods", "p", p => p.ConditionOf("PodScheduled") is not null, "it was looked at");

        pod.ConditionOf("PodScheduled")!.Text("message").Should().Contain("knows no required affinity");
    }

    private static JsonObject Pod(string name, string spec)
    {
        var pod = Objects.Pod(name);
        foreach (var (key, value) in (JsonObject)JsonNode.Parse(spec)!)
            pod["spec"]![key] = value?.DeepClone();
        return pod;
    }

    private static async Task CordonAsync(Namespace space, string node, bool cordoned) =>
        _ = (await space.Api.MergeAsync($"/api/v1/nodes/{node}", new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = cordoned } })).Ok;
}
