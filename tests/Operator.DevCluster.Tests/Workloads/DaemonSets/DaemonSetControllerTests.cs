using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Workloads.DaemonSets;

public sealed class DaemonSetControllerTests(ClusterFixture fixture)
{
    private const string Next = "registry.example/shop/cart:1.5";

    [Fact]
    public async Task Every_node_has_one_pod()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));

        var pods = await space.ReadyPodsAsync(2);
        var set = await CompleteAsync(space);
        var revision = (await space.ListAsync("controllerrevisions")).Single();

        pods.Select(p => p.TextAt("spec", "nodeName")).Should().BeEquivalentTo("node-1", "node-2");
        string hash = revision.Labels!.Text("controller-revision-hash")!;
        revision.Name.Should().Be($"agent-{hash}");
        revision.NumberAt("revision").Should().Be(1);
        revision.At("data", "spec", "template", "$patch")!.ToString().Should().Be("replace");
        pods.Select(p => p.Labels!.Text("controller-revision-hash")).Should().Equal(hash, hash);
        pods[0].OwnerReferences!.Single()!["uid"]!.GetValue<string>().Should().Be(set.Uid);
        pods[0].At("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")!.ToJsonString()
            .Should().Be($$"""[{"matchFields":[{"key":"metadata.name","operator":"In","values":["{{pods[0].TextAt("spec", "nodeName")}}"]}]}]""");
        (set.NumberAt("status", "currentNumberScheduled"), set.NumberAt("status", "numberAvailable"), set.NumberAt("status", "numberMisscheduled")).Should().Be((2, 2, 0));
        set.At("status", "numberUnavailable").Should().BeNull();
    }

    [Fact]
    public async Task A_deleted_pod_comes_back_on_its_node_even_if_that_is_cordoned()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        var victim = (await space.ReadyPodsAsync(2)).First(p => p.TextAt("spec", "nodeName") == "node-1");
        await space.Api.MergeAsync("/api/v1/nodes/node-1", JsonNode.Parse("""
            {"spec": {"unschedulable": true, "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]}}
            """)!);

        await space.DeleteAsync("pods", victim.Name);

        var pods = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Uid != victim.Uid), "it is replaced");
        pods.Select(p => p.TextAt("spec", "nodeName")).Should().BeEquivalentTo("node-1", "node-2");
    }

    [Fact]
    public async Task A_pod_that_is_going_holds_its_place_until_it_is_gone()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        var victim = (await space.ReadyPodsAsync(2)).First(p => p.TextAt("spec", "nodeName") == "node-1");
        cluster.Kubelets.Freeze("node-1");
        await space.DeleteAsync("pods", victim.Name);
        await space.PodsAreSeenAsync();

        (await space.ListAsync("pods")).Should().HaveCount(2);

        cluster.Kubelets.Thaw("node-1");
        (await space.ReadyPodsAsync(2)).Select(p => p.Uid).Should().NotContain(victim.Uid);
    }

    [Fact]
    public async Task A_rollout_goes_node_by_node()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        await CompleteAsync(space);
        var before = await space.ReadyPodsAsync(2);

        // The new template never runs, so the second node keeps its pod.
        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage("registry.example/shop/broken:1").Replace("\"image\"", "\"imagePullPolicy\": \"Never\", \"image\"", StringComparison.Ordinal));
        await space.UntilAsync("pods", all => all.Any(p => p.Image.Contains("broken", StringComparison.Ordinal)), "the rollout has begun");
        await space.PodsAreSeenAsync();

        (await space.ListAsync("pods")).Count(p => before.Any(b => b.Uid == p.Uid)).Should().Be(1);
        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage(Next).Replace("\"image\"", "\"imagePullPolicy\": \"Always\", \"image\"", StringComparison.Ordinal));
        await CompleteAsync(space);
        (await space.ReadyPodsAsync(2)).Select(p => p.Image).Should().OnlyContain(image => image == Next);
        (await space.ListAsync("controllerrevisions")).Select(r => r.NumberAt("revision")).Should().BeEquivalentTo([1, 2, 3]);
    }

    [Fact]
    public async Task With_OnDelete_a_new_template_waits_for_a_pod_to_be_deleted()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent", """{"updateStrategy": {"type": "OnDelete"}}"""));
        var before = await space.ReadyPodsAsync(2);

        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage(Next));
        await space.UntilAsync("daemonsets", "agent", d => d.IsObserved, "the template is seen");
        await space.DeleteAsync("pods", before[0].Name);

        var after = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Uid != before[0].Uid), "it is replaced");
        after.Single(p => p.Uid == before[1].Uid).Image.Should().NotBe(Next);
        after.Single(p => p.Uid != before[1].Uid).Image.Should().Be(Next);
        (await space.UntilAsync("daemonsets", "agent", d => d.NumberAt("status", "updatedNumberScheduled") == 1, "one is up to date")).IsObserved.Should().BeTrue();
    }

    [Fact]
    public async Task A_template_that_comes_back_makes_its_old_revision_the_newest()
    {
        using var space = await fixture.NamespaceAsync();
        var set = Workload.DaemonSet("agent", """{"updateStrategy": {"type": "OnDelete"}}""");
        string first = ((JsonObject)set["spec"]!["template"]!["spec"]!).Items("containers").Single().TextAt("image");
        await space.CreateAsync("daemonsets", set);
        string original = (await space.UntilAsync("controllerrevisions", all => all.Count == 1, "it has a revision")).Single().Name;
        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage(Next));
        await space.UntilAsync("controllerrevisions", all => all.Count == 2, "it has a second one");

        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage(first));

        await space.UntilAsync("controllerrevisions", original, r => r.NumberAt("revision") == 3, "the old one is the newest");
    }

    [Fact]
    public async Task A_node_that_it_does_not_fit_has_none()
    {
        using var space = await fixture.NamespaceAsync();
        var set = Workload.DaemonSet("agent");
        set["spec"]!["template"]!["spec"]!["nodeSelector"] = new JsonObject { ["kubernetes.io/hostname"] = "node-2" };
        await space.CreateAsync("daemonsets", set);

        (await space.ReadyPodsAsync(1)).Single().TextAt("spec", "nodeName").Should().Be("node-2");
        (await space.UntilAsync("daemonsets", "agent", d => d.NumberAt("status", "numberReady") == 1, "it is Ready")).NumberAt("status", "desiredNumberScheduled").Should().Be(1);
    }

    [Fact]
    public async Task A_failed_pod_is_deleted_and_replaced()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        var victim = (await space.ReadyPodsAsync(2))[0];

        await space.Api.MergeAsync(space.PathOf("pods", victim.Name) + "/status", JsonNode.Parse("""{"status": {"phase": "Failed", "reason": "Evicted"}}""")!);

        await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Uid != victim.Uid), "it is replaced");
        await space.UntilAsync("events", all => all.Any(e => e.Text("reason") == "FailedDaemonPod"), "it is told");
    }

    [Fact]
    public async Task A_detached_pod_is_released_and_its_node_gets_another()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        var victim = (await space.ReadyPodsAsync(2))[0];

        await space.MergeAsync("pods", victim.Name, """{"metadata": {"labels": {"app": null}}}""");

        var pods = await space.ReadyPodsAsync(3);
        pods.Single(p => p.Uid == victim.Uid).OwnerReferences.Should().BeNull();
    }

    private static Task<JsonObject> CompleteAsync(Namespace space) => space.UntilAsync(
        "daemonsets", "agent",
        d => d.IsObserved && d.NumberAt("status", "updatedNumberScheduled") == 2 && d.NumberAt("status", "numberAvailable") == 2, "the rollout is done");
}
