using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Workloads.StatefulSets;

public sealed class StatefulSetControllerTests(ClusterFixture fixture)
{
    private const string First = "registry.example/shop/cart:1.4";
    private const string Next = "registry.example/shop/cart:1.5";

    [Fact]
    public async Task Every_ordinal_has_its_pod()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 3));

        var set = await CompleteAsync(space, 3);
        var pods = await space.ReadyPodsAsync(3);
        var revision = (await space.ListAsync("controllerrevisions")).Single();

        pods.Select(p => p.Name).Should().Equal("db-0", "db-1", "db-2");
        var first = pods[0];
        (first.Labels!.Text("statefulset.kubernetes.io/pod-name"), first.Labels!.Text("apps.kubernetes.io/pod-index"), first.Labels!.Text("controller-revision-hash"))
            .Should().Be(("db-0", "0", revision.Name));
        (first.TextAt("spec", "hostname"), first.TextAt("spec", "subdomain")).Should().Be(("db-0", "db"));
        revision.Labels!.Text("controller.kubernetes.io/hash").Should().Be(revision.Name["db-".Length..]);
        (set.TextAt("status", "currentRevision"), set.TextAt("status", "updateRevision")).Should().Be((revision.Name, revision.Name));
        (set.NumberAt("status", "currentReplicas"), set.NumberAt("status", "availableReplicas")).Should().Be((3, 3));
    }

    [Fact]
    public async Task In_order_one_is_made_when_the_one_before_it_is_Ready()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 3));
        await space.ReadyPodsAsync(3);

        var told = await space.UntilAsync("events", all => all.Count(e => e.Text("reason") == "SuccessfulCreate") == 3, "all are told");
        told.Where(e => e.Text("reason") == "SuccessfulCreate").Select(e => e.Text("message")).Should().BeEquivalentTo(Enumerable.Range(0, 3).Select(o => $"create Pod db-{o} in StatefulSet db successful"));
        var writes = await WritesOfPodsAsync(space);
        int readyAt = writes.FindLastIndex(w => w is { Subresource: "status", Name: "db-0" });
        writes.Take(readyAt).Count(w => w is { Verb: "create", Subresource: "" }).Should().Be(1, "the others come after its last report, that it is Ready");
    }

    [Fact]
    public async Task A_deleted_pod_comes_back_under_its_name_once_it_is_gone()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 2));
        var before = await space.ReadyPodsAsync(2);
        await space.MergeAsync("pods", "db-0", """{"metadata": {"finalizers": ["example.com/hold"]}}""");

        await space.DeleteAsync("pods", "db-0");
        await space.PodsAreSeenAsync();
        (await space.ListAsync("pods")).Single(p => p.Name == "db-0").Uid.Should().Be(before[0].Uid);
        await space.MergeAsync("pods", "db-0", """{"metadata": {"finalizers": null}}""");

        var after = await space.ReadyPodsAsync(2);
        after[0].Name.Should().Be("db-0");
        after[0].Uid.Should().NotBe(before[0].Uid);
        after[1].Uid.Should().Be(before[1].Uid);
    }

    [Fact]
    public async Task A_rollout_goes_from_the_highest_ordinal_down_to_the_partition()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 3, """{"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}"""));
        await CompleteAsync(space, 3);

        await space.MergeAsync("statefulsets", "db", Workload.TemplateImage(Next));
        var set = await space.UntilAsync("statefulsets", "db", s => s.IsObserved && s.NumberAt("status", "updatedReplicas") == 1 && s.NumberAt("status", "readyReplicas") == 3, "one is new");

        (await space.ReadyPodsAsync(3)).Select(p => p.Image).Should().Equal(First, First, Next);
        set.TextAt("status", "currentRevision").Should().NotBe(set.TextAt("status", "updateRevision"));
        set.NumberAt("status", "currentReplicas").Should().Be(2);
        await space.MergeAsync("statefulsets", "db", """{"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}""");
        set = await CompleteAsync(space, 3);
        (await space.ReadyPodsAsync(3)).Select(p => p.Image).Should().OnlyContain(image => image == Next);
        set.TextAt("status", "currentRevision").Should().Be(set.TextAt("status", "updateRevision"));
    }

    [Fact]
    public async Task Below_the_partition_a_deleted_pod_comes_back_from_the_old_revision()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 3, """{"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}"""));
        await CompleteAsync(space, 3);
        await space.MergeAsync("statefulsets", "db", Workload.TemplateImage(Next));
        await space.UntilAsync("pods", pods => pods.Count == 3 && pods.All(p => p.IsReady) && pods[2].Image == Next, "the highest is new");
        var victim = await space.GetAsync("pods", "db-0");

        await space.DeleteAsync("pods", "db-0");

        var pods = await space.UntilAsync("pods", all => all.Count == 3 && all.All(p => p.IsReady && p.Uid != victim.Uid), "it is back");
        pods[0].Image.Should().Be(First);
        pods[0].Labels!.Text("controller-revision-hash").Should().Be(victim.Labels!.Text("controller-revision-hash"));
    }

    [Fact]
    public async Task With_OnDelete_a_deleted_pod_comes_back_from_the_new_template()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 2, """{"updateStrategy": {"type": "OnDelete"}}"""));
        var before = await space.ReadyPodsAsync(2);
        await space.MergeAsync("statefulsets", "db", Workload.TemplateImage(Next));
        await space.UntilAsync("statefulsets", "db", s => s.IsObserved && s.TextAt("status", "updateRevision") != s.TextAt("status", "currentRevision"), "the template is seen");

        await space.DeleteAsync("pods", "db-1");

        var after = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Uid != before[1].Uid), "it is back");
        after.Select(p => p.Image).Should().Equal(First, Next);
    }

    [Fact]
    public async Task A_patched_template_does_not_free_a_stuck_ordinal()
    {
        using var space = await fixture.NamespaceAsync();
        var set = Workload.StatefulSet("db", 2);
        set["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "registry.example/shop/stuck:1";
        set["spec"]!["template"]!["spec"]!["containers"]![0]!["imagePullPolicy"] = "Never";
        await space.CreateAsync("statefulsets", set);
        var stuck = await space.UntilAsync("pods", "db-0", p => p.Items("status", "containerStatuses").Any(c => c.TextAt("state", "waiting", "reason") == "ErrImageNeverPull"), "it is stuck");

        await space.MergeAsync("statefulsets", "db", Workload.TemplateImage(Next).Replace("\"image\"", "\"imagePullPolicy\": \"Always\", \"image\"", StringComparison.Ordinal));
        await space.UntilAsync("statefulsets", "db", s => s.IsObserved, "the template is seen");
        await space.PodsAreSeenAsync();
        (await space.ListAsync("pods")).Select(p => p.Uid).Should().Equal(stuck.Uid);

        await space.DeleteAsync("pods", "db-0");
        (await space.ReadyPodsAsync(2)).Select(p => p.Image).Should().OnlyContain(image => image == Next);
    }

    [Fact]
    public async Task In_parallel_a_stuck_ordinal_does_not_hold_up_the_others()
    {
        using var space = await fixture.NamespaceAsync();
        var set = Workload.StatefulSet("db", 3, """{"podManagementPolicy": "Parallel"}""");
        set["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "registry.example/shop/stuck:1";
        set["spec"]!["template"]!["spec"]!["containers"]![0]!["imagePullPolicy"] = "Never";
        await space.CreateAsync("statefulsets", set);

        await space.UntilAsync("pods", all => all.Count == 3, "all are made");
    }

    [Fact]
    public async Task It_shrinks_from_the_highest_ordinal_and_keeps_the_claims()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 3, """
            {"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}
            """));
        var before = await space.ReadyPodsAsync(3);

        await space.MergeAsync("statefulsets", "db", """{"spec": {"replicas": 1}}""");

        (await space.ReadyPodsAsync(1)).Single().Uid.Should().Be(before[0].Uid);
        (await WritesOfPodsAsync(space)).Where(w => w is { Verb: "delete", UserAgent: "kube-controller-manager" }).Select(w => w.Name).Should().Equal("db-2", "db-1");
        (await space.ListAsync("persistentvolumeclaims")).Select(c => c.Name).Should().Equal("data-db-0", "data-db-1", "data-db-2");
        before[1].Items("spec", "volumes").Single().TextAt("persistentVolumeClaim", "claimName").Should().Be("data-db-1");
        (await space.ListAsync("persistentvolumeclaims"))[0].Labels!.Text("app").Should().Be("db");
    }

    [Fact]
    public async Task A_detached_pod_blocks_its_ordinal()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 2));
        await space.ReadyPodsAsync(2);

        await space.MergeAsync("pods", "db-1", """{"metadata": {"labels": {"app": null}}}""");
        var released = await space.UntilAsync("pods", "db-1", p => p.OwnerReferences is null, "it is released");
        await space.UntilAsync("events", all => all.Any(e => e.Text("reason") == "FailedCreate"), "its name is taken");
        await space.DeleteAsync("pods", "db-1");

        await space.UntilAsync("pods", "db-1", p => p.IsReady && p.Uid != released.Uid, "the ordinal is filled");
    }

    [Fact]
    public async Task A_pod_gets_the_label_of_its_name_back()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 1));
        await space.ReadyPodsAsync(1);

        await space.MergeAsync("pods", "db-0", """{"metadata": {"labels": {"statefulset.kubernetes.io/pod-name": null, "quarantine": "x"}}}""");

        await space.UntilAsync("pods", "db-0", p => p.Labels!.Text("statefulset.kubernetes.io/pod-name") == "db-0" && p.Labels!.Text("quarantine") == "x", "it has it back");
    }

    [Fact]
    public async Task What_a_StatefulSet_is_made_of_never_changes()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 0));

        var answer = await space.Api.MergeAsync(space.PathOf("statefulsets", "db"), JsonNode.Parse("""{"spec": {"serviceName": "other"}}""")!);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Be(
            "StatefulSet.apps \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
            + "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }

    private async Task<List<ApiRequest>> WritesOfPodsAsync(Namespace space) =>
        [.. (await fixture.Cluster.Server.Requests.WritesAsync()).Where(r => r.Namespace == space.Name && r.Resource == "pods")];

    private static Task<JsonObject> CompleteAsync(Namespace space, int replicas) => space.UntilAsync(
        "statefulsets", "db",
        s => s.IsObserved && s.NumberAt("status", "updatedReplicas") == replicas && s.NumberAt("status", "readyReplicas") == replicas
            && s.TextAt("status", "currentRevision") == s.TextAt("status", "updateRevision"), "the rollout is done");
}
