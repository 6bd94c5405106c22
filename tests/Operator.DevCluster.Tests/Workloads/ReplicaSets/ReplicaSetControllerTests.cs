using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Workloads.ReplicaSets;

public sealed class ReplicaSetControllerTests(ClusterFixture fixture)
{
    private const string Detach = """{"metadata": {"labels": {"app": null, "pod-template-hash": null, "quarantine": "x"}}}""";

    [Fact]
    public async Task A_detached_pod_is_released_and_replaced_from_the_replica_sets_own_template()
    {
        using var space = await fixture.NamespaceAsync();
        var set = await CreateAsync(space, 2);
        var victim = (await space.ReadyPodsAsync(2))[0];

        await space.MergeAsync("pods", victim.Name, Detach);

        var pods = await space.UntilAsync("pods", all => all.Count == 3 && all.All(p => p.IsReady), "a replacement is Ready");
        var released = pods.Single(p => p.Uid == victim.Uid);
        released.OwnerReferences.Should().BeNull();
        pods.Where(p => p.Uid != victim.Uid).Select(p => p.OwnerReferences!.Single()!["uid"]!.GetValue<string>()).Should().Equal(set.Uid, set.Uid);
        await space.DeleteAsync("replicasets", "cart");
        await space.UntilAsync("pods", all => all is [var only] && only.Uid == victim.Uid, "the detached pod alone outlives its ReplicaSet");
    }

    [Fact]
    public async Task Restoring_the_labels_readopts_the_pod_and_the_newest_goes()
    {
        using var space = await fixture.NamespaceAsync();
        var set = await CreateAsync(space, 2);
        var before = await space.ReadyPodsAsync(2);
        await space.MergeAsync("pods", before[0].Name, Detach);
        var pods = await space.UntilAsync("pods", all => all.Count == 3 && all.All(p => p.IsReady), "a replacement is Ready");
        var newest = pods.Single(p => before.All(b => b.Uid != p.Uid));
        // Timestamps are whole seconds; the cost makes sure which one it is.
        await space.MergeAsync("pods", newest.Name, """{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-1"}}}""");
        await space.PodsAreSeenAsync();

        await space.MergeAsync("pods", before[0].Name, """{"metadata": {"labels": {"app": "cart", "quarantine": null}}}""");

        var after = await space.ReadyPodsAsync(2);
        after.Select(p => p.Uid).Should().BeEquivalentTo(before.Select(p => p.Uid));
        after.Select(p => p.OwnerReferences!.Single()!["uid"]!.GetValue<string>()).Should().Equal(set.Uid, set.Uid);
    }

    [Fact]
    public async Task The_pod_with_the_lowest_deletion_cost_goes_first()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateAsync(space, 3);
        var pods = await space.ReadyPodsAsync(3);
        await space.MergeAsync("pods", pods[1].Name, """{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-2147483648"}}}""");
        await space.PodsAreSeenAsync();

        await space.MergeAsync("replicasets", "cart", """{"spec": {"replicas": 2}}""");

        (await space.ReadyPodsAsync(2)).Select(p => p.Uid).Should().BeEquivalentTo([pods[0].Uid, pods[2].Uid]);
    }

    [Fact]
    public async Task A_pod_that_is_not_ready_goes_before_one_with_a_lower_cost()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Nodes = 1 }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await CreateAsync(space, 3);
        var pods = await space.ReadyPodsAsync(3);
        await space.MergeAsync("pods", pods[0].Name, """{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-2147483648"}}}""");
        await space.MergeAsync("pods", pods[1].Name, """{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "2147483647"}}}""");
        var conditions = new JsonArray([.. pods[1].Items("status", "conditions").Select(c => c.DeepClone())]);
        conditions.OfType<JsonObject>().First(c => c.Text("type") == "Ready")["status"] = "False";
        cluster.Kubelets.Freeze("node-1");
        await space.Api.MergeAsync(space.PathOf("pods", pods[1].Name) + "/status", new JsonObject { ["status"] = new JsonObject { ["conditions"] = conditions } });
        await space.PodsAreSeenAsync();

        await space.MergeAsync("replicasets", "cart", """{"spec": {"replicas": 2}}""");

        await space.UntilAsync("pods", all => all.SingleOrDefault(p => p.IsTerminating)?.Uid == pods[1].Uid, "the one that is not ready goes");
        cluster.Kubelets.Thaw("node-1");
        await space.ReadyPodsAsync(2);
    }

    [Fact]
    public async Task A_pod_that_fits_the_selector_is_adopted()
    {
        using var space = await fixture.NamespaceAsync();
        var orphan = Objects.Pod("orphan");
        orphan.EnsureMetadata()["labels"] = new JsonObject { ["app"] = "cart" };
        await space.CreateAsync("pods", orphan);
        await space.ReadyPodsAsync(1);

        var set = await CreateAsync(space, 1);

        var adopted = await space.UntilAsync("pods", "orphan", p => p.OwnerReferences is not null, "it is adopted");
        adopted.OwnerReferences!.Single()!["uid"]!.GetValue<string>().Should().Be(set.Uid);
        await space.UntilAsync("replicasets", "cart", r => r.NumberAt("status", "readyReplicas") == 1, "it counts");
        (await space.ListAsync("pods")).Should().ContainSingle();
    }

    [Fact]
    public async Task A_terminating_pod_is_replaced_at_once()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateAsync(space, 1);
        var pod = (await space.ReadyPodsAsync(1)).Single();
        await space.MergeAsync("pods", pod.Name, """{"metadata": {"finalizers": ["example.com/hold"]}}""");

        await space.DeleteAsync("pods", pod.Name);

        await space.UntilAsync("pods", all => all.Count == 2 && all.Any(p => p.IsReady && !p.IsTerminating), "its replacement is Ready beside it");
        await space.MergeAsync("pods", pod.Name, """{"metadata": {"finalizers": null}}""");
        await space.ReadyPodsAsync(1);
    }

    [Fact]
    public async Task A_refused_pod_is_a_condition_until_it_is_accepted()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        cluster.Server.Faults.Before = request => ValueTask.FromResult<Fault?>(request is { Verb: "create", Resource: "pods" }
            ? new Fault.Respond(ApiStatus.Forbidden(new("", "pods"), "", "exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0"))
            : null);

        await CreateAsync(space, 2);
        var refused = await space.UntilAsync("replicasets", "cart", r => r.ConditionOf("ReplicaFailure") is not null, "the refusal is reported");
        cluster.Server.Faults.Before = null;
        await space.ReadyPodsAsync(2);

        refused.ConditionOf("ReplicaFailure")!.Text("reason").Should().Be("FailedCreate");
        refused.ConditionOf("ReplicaFailure")!.Text("message").Should().Contain("exceeded quota");
        await space.UntilAsync("replicasets", "cart", r => r.ConditionOf("ReplicaFailure") is null && r.NumberAt("status", "readyReplicas") == 2, "it has recovered");
    }

    [Fact]
    public async Task Never_one_pod_too_many_is_made()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateAsync(space, 40);

        await space.ReadyPodsAsync(40);
        var set = await space.UntilAsync("replicasets", "cart", r => r.NumberAt("status", "availableReplicas") == 40, "all count");

        (await fixture.Cluster.Server.Requests.WritesAsync()).Count(r => r is { Verb: "create", Resource: "pods", Subresource: "" } && r.Namespace == space.Name).Should().Be(40);
        (set.NumberAt("status", "replicas"), set.NumberAt("status", "fullyLabeledReplicas"), set.NumberAt("status", "observedGeneration")).Should().Be((40, 40, 1));
    }

    [Fact]
    public async Task It_tells_in_events_what_it_does()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateAsync(space, 1);
        var pod = (await space.ReadyPodsAsync(1)).Single();
        await space.MergeAsync("replicasets", "cart", """{"spec": {"replicas": 0}}""");

        var events = await space.UntilAsync("events", all => all.Any(e => e.Text("reason") == "SuccessfulDelete") && all.Any(e => e.Text("reason") == "Killing"), "the deletion is told");

        events.Where(e => e.TextAt("involvedObject", "name") == "cart").Select(e => e.Text("message"))
            .Should().BeEquivalentTo($"Created pod: {pod.Name}", $"Deleted pod: {pod.Name}");
        events.Where(e => e.TextAt("involvedObject", "name") == pod.Name).Select(e => e.Text("reason"))
            .Should().Contain(["Scheduled", "Pulled", "Created", "Started", "Killing"]);
    }

    private static Task<JsonObject> CreateAsync(Namespace space, int replicas)
    {
        var set = Workload.Deployment("cart", replicas);
        set["kind"] = "ReplicaSet";
        return space.CreateAsync("replicasets", set);
    }
}
