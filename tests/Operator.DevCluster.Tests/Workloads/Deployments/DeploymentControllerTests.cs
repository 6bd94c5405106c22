using System.Text.Json.Nodes;
using Operator.DevCluster.Images;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Tests.Workloads.Deployments;

public sealed class DeploymentControllerTests(ClusterFixture fixture)
{
    private const string Revision = "deployment.kubernetes.io/revision";
    private const string Next = "registry.example/shop/cart:1.5";

    [Fact]
    public async Task A_Deployment_becomes_Ready_pods()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));

        var pods = await space.ReadyPodsAsync(3);
        var set = (await space.ListAsync("replicasets")).Single();
        var deployment = await CompleteAsync(space);

        string hash = set.Labels!.Text("pod-template-hash")!;
        set.Name.Should().Be($"cart-{hash}").And.MatchRegex("^cart-[bcdfghjklmnpqrstvwxz2456789]{8,10}$");
        pods.Select(p => p.Name).Should().OnlyContain(name => name.StartsWith("cart-" + hash + "-", StringComparison.Ordinal));
        var owner = (JsonObject)pods[0].OwnerReferences!.Single()!;
        (owner.Text("kind"), owner.Text("uid"), owner.Flag("controller"), owner.Flag("blockOwnerDeletion")).Should().Be(("ReplicaSet", set.Uid, true, true));
        deployment.Annotations!.Text(Revision).Should().Be("1");
        set.Annotations!.Text(Revision).Should().Be("1");
        set.Annotations!.Text("deployment.kubernetes.io/desired-replicas").Should().Be("3");
        set.Annotations!.Text("deployment.kubernetes.io/max-replicas").Should().Be("4");
        deployment.ConditionOf("Available")!.Text("reason").Should().Be("MinimumReplicasAvailable");
        (deployment.NumberAt("status", "replicas"), deployment.NumberAt("status", "updatedReplicas"), deployment.NumberAt("status", "readyReplicas"))
            .Should().Be((3, 3, 3));
        deployment.At("status", "unavailableReplicas").Should().BeNull();
    }

    [Fact]
    public async Task A_new_template_is_rolled_out_as_a_new_revision()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        await CompleteAsync(space);

        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        var deployment = await CompleteAsync(space);
        var pods = await space.ReadyPodsAsync(3);
        var sets = await space.UntilAsync("replicasets", all => all.Sum(r => r.NumberAt("status", "replicas")) == 3, "the old one is empty");

        pods.Select(p => p.Image).Should().OnlyContain(image => image == Next);
        deployment.Annotations!.Text(Revision).Should().Be("2");
        sets.OrderBy(r => r.Annotations!.Text(Revision), StringComparer.Ordinal).Select(r => r.NumberAt("spec", "replicas")).Should().Equal(0, 3);
    }

    [Fact]
    public async Task Going_back_to_an_old_template_takes_its_old_ReplicaSet_with_a_new_revision()
    {
        using var space = await fixture.NamespaceAsync();
        const string First = "registry.example/shop/cart:1.4";
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1, First));
        await CompleteAsync(space);
        string original = (await space.ListAsync("replicasets")).Single().Name;
        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        await CompleteAsync(space);

        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(First));
        var deployment = await CompleteAsync(space);

        deployment.Annotations!.Text(Revision).Should().Be("3");
        var set = await space.GetAsync("replicasets", original);
        (set.Annotations!.Text(Revision), set.Annotations!.Text("deployment.kubernetes.io/revision-history"), set.NumberAt("spec", "replicas")).Should().Be(("3", "1", 1));
        (await space.ListAsync("replicasets")).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_rollout_never_asks_for_more_pods_than_its_surge_allows()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 4, more: """{"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}"""));
        await CompleteAsync(space);
        var sets = Latest("replicasets.apps");

        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        await CompleteAsync(space);

        // What is asked for never exceeds the surge. A pod that is asked for may be made before one that is not any more is deleted.
        (await Since(sets).Select(all => all.Sum(r => r.NumberAt("spec", "replicas") ?? 0)).MaxAsync(cancellationToken: TestContext.Current.CancellationToken)).Should().Be(5);
        // How few are Ready meanwhile is not promised: a kube-controller-manager too counts by statuses of ReplicaSets that may lag behind their specs.

        StorageEvent Latest(string resource) => fixture.Cluster.Server.Store.Snapshot(resource).Latest;

        async IAsyncEnumerable<List<JsonObject>> Since(StorageEvent state)
        {
            while (state.Next is { IsCompleted: true } next)
            {
                state = await next;
                yield return [.. state.State.Values.Select(s => s.Json).Where(o => o.Namespace == space.Name)];
            }
        }
    }

    [Fact]
    public async Task A_rollout_to_an_image_that_cannot_be_pulled_stops_within_its_limits_and_says_so()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { PullsAnyImage = false }, TestContext.Current.CancellationToken);
        cluster.Images.Push("registry.example/shop/cart", "1.4", ImageRegistry.DigestOf("a"));
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2, more: """{"progressDeadlineSeconds": 1}"""));
        await CompleteAsync(space);

        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        var deployment = await space.UntilAsync("deployments", "cart", d => d.ConditionOf("Progressing")?.Text("reason") == "ProgressDeadlineExceeded", "the rollout takes too long");

        deployment.ConditionOf("Available")!.Text("status").Should().Be("True");
        (deployment.NumberAt("status", "replicas"), deployment.NumberAt("status", "readyReplicas"), deployment.NumberAt("status", "updatedReplicas")).Should().Be((3, 2, 1));
        // Set right again, the pod that never started is the first to go.
        await space.MergeAsync("deployments", "cart", Workload.TemplateImage("registry.example/shop/cart:1.4"));
        await CompleteAsync(space);
    }

    [Fact]
    public async Task An_old_ReplicaSet_refills_from_its_own_old_template()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2, more: """{"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}"""));
        await CompleteAsync(space);
        // The new template never becomes Ready, so the old ReplicaSet keeps its pods.
        await space.MergeAsync("deployments", "cart", """{"spec": {"template": {"spec": {"nodeSelector": {"no": "such"}}}}}""");
        await space.UntilAsync("pods", pods => pods.Count == 3, "the rollout has begun");
        var victim = (await space.ListAsync("pods")).First(p => p.IsReady);

        await space.DeleteAsync("pods", victim.Name);

        var after = await space.UntilAsync("pods", pods => pods.Count(p => p.IsReady) == 2 && pods.All(p => p.Uid != victim.Uid), "it is replaced");
        after.Where(p => p.IsReady).Select(p => p.At("spec", "nodeSelector")).Should().OnlyContain(selector => selector == null);
    }

    [Fact]
    public async Task A_paused_Deployment_makes_no_new_ReplicaSet()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        await CompleteAsync(space);

        await space.MergeAsync("deployments", "cart", """{"spec": {"paused": true}}""");
        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        var paused = await space.UntilAsync("deployments", "cart", d => d.IsObserved && d.ConditionOf("Progressing")?.Text("reason") == "DeploymentPaused", "the pause is seen");
        paused.At("status", "updatedReplicas").Should().BeNull();
        await space.MergeAsync("deployments", "cart", """{"spec": {"replicas": 3}}""");
        await space.ReadyPodsAsync(3);

        (await space.ListAsync("replicasets")).Should().ContainSingle().Which.NumberAt("spec", "replicas").Should().Be(3, "a paused Deployment can be scaled");
        await space.MergeAsync("deployments", "cart", """{"spec": {"paused": false}}""");
        await CompleteAsync(space);
        (await space.ReadyPodsAsync(3)).Select(p => p.Image).Should().OnlyContain(image => image == Next);
    }

    [Fact]
    public async Task A_paused_rollout_is_scaled_in_proportion()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 4, more: """{"strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}"""));
        await CompleteAsync(space);
        await space.MergeAsync("deployments", "cart", """{"spec": {"template": {"spec": {"nodeSelector": {"no": "such"}}}}}""");
        await space.UntilAsync("pods", pods => pods.Count == 6, "two new pods are pending");
        await space.MergeAsync("deployments", "cart", """{"spec": {"paused": true}}""");

        await space.MergeAsync("deployments", "cart", """{"spec": {"replicas": 10}}""");

        // Of 12 that are allowed the old one, 4 of 6 so far, gets 8 and the new one 4.
        await space.UntilAsync("replicasets", sets => sets.Select(r => r.NumberAt("spec", "replicas")).Order().SequenceEqual([4, 8]), "both have grown");
    }

    [Fact]
    public async Task An_in_place_pin_makes_exactly_one_new_pod()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        await CompleteAsync(space);
        var before = await space.ReadyPodsAsync(3);
        string set = (await space.ListAsync("replicasets")).Single().Name;
        string pinned = $"registry.example/shop/cart@{ImageRegistry.DigestOf("trusted")}";
        string template = $$"""{"spec": {"containers": [{"name": "main", "image": "{{pinned}}", "imagePullPolicy": "IfNotPresent"}]} }""";

        await space.MergeAsync("deployments", "cart", $$"""{"spec": {"paused": true, "template": {{template}} } }""");
        await space.MergeAsync("replicasets", set, $$"""{"spec": {"template": {{template}} } }""");
        await space.DeleteAsync("pods", before[0].Name);
        await space.MergeAsync("deployments", "cart", """{"spec": {"paused": false}}""");

        await CompleteAsync(space);
        var after = await space.ReadyPodsAsync(3);
        after.Select(p => p.Uid).Intersect(before.Select(p => p.Uid)).Should().HaveCount(2);
        after.Single(p => before.All(b => b.Uid != p.Uid)).Image.Should().Be(pinned);
        (await space.ListAsync("replicasets")).Should().ContainSingle().Which.Annotations!.Text(Revision).Should().Be("1");
        (await space.GetAsync("deployments", "cart")).Annotations!.Text(Revision).Should().Be("1");
        (await fixture.Cluster.Server.Requests.WritesAsync()).Count(r => r is { Verb: "create", Resource: "pods", Subresource: "" } && r.Namespace == space.Name).Should().Be(4);
        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        await CompleteAsync(space);
        (await space.ReadyPodsAsync(3)).Select(p => p.Image).Should().OnlyContain(image => image == Next, "later rollouts work");
    }

    [Fact]
    public async Task Recreate_ends_every_old_pod_before_it_starts_a_new_one()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Nodes = 1 }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3, more: """{"strategy": {"type": "Recreate"}}"""));
        await CompleteAsync(space);
        cluster.Kubelets.Freeze("node-1");

        await space.MergeAsync("deployments", "cart", Workload.TemplateImage(Next));
        await space.UntilAsync("pods", pods => pods.Count == 3 && pods.All(p => p.IsTerminating), "all old pods are going");
        await space.UntilAsync("deployments", "cart", d => d.IsObserved && d.At("status", "replicas") is null, "no pod counts any more");
        (await space.ListAsync("replicasets")).Should().ContainSingle("the old pods are not gone yet").Which.NumberAt("spec", "replicas").Should().Be(0);
        cluster.Kubelets.Thaw("node-1");
        await CompleteAsync(space);

        (await space.ReadyPodsAsync(3)).Select(p => p.Image).Should().OnlyContain(image => image == Next);
    }

    [Fact]
    public async Task Old_ReplicaSets_go_beyond_the_history_limit()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1, more: """{"revisionHistoryLimit": 1}"""));
        await CompleteAsync(space);
        foreach (string tag in (string[])["1.5", "1.6", "1.7"])
        {
            await space.MergeAsync("deployments", "cart", Workload.TemplateImage($"registry.example/shop/cart:{tag}"));
            await CompleteAsync(space);
        }

        await space.UntilAsync(
            "replicasets", sets => sets.Select(r => r.Annotations!.Text(Revision)).Order(StringComparer.Ordinal).SequenceEqual(["3", "4"]), "only the last old one is left");
    }

    [Fact]
    public async Task Deleting_a_Deployment_ends_its_pods()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        await space.ReadyPodsAsync(2);

        await space.DeleteAsync("deployments", "cart");

        await space.UntilAsync("pods", pods => pods.Count == 0, "its pods are gone");
        (await space.ListAsync("replicasets")).Should().BeEmpty();
    }

    /// <summary>Waits for the end of a rollout and returns the Deployment as it is then.</summary>
    private static Task<JsonObject> CompleteAsync(Namespace space) => space.UntilAsync(
        "deployments", "cart",
        d => d.IsObserved && d.ConditionOf("Progressing")?.Text("reason") == "NewReplicaSetAvailable"
            && d.NumberAt("spec", "replicas") is var wanted && d.NumberAt("status", "updatedReplicas") == wanted && d.NumberAt("status", "replicas") == wanted
            && d.NumberAt("status", "availableReplicas") == wanted,
        "the rollout is complete");
}
