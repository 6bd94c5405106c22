using Microsoft.Extensions.Time.Testing;

namespace Operator.DevCluster.Tests;

public sealed class ClusterComponentsTests(ClusterFixture fixture)
{
    [Fact]
    public async Task Everything_goes_by_the_clock_that_the_cluster_is_given()
    {
        FakeTimeProvider time = new();
        await using var cluster = await EmbeddedCluster.StartAsync(
            new() { Time = time, PullsAnyImage = true, PullDelay = TimeSpan.FromHours(1), ReadinessDelay = TimeSpan.FromHours(2) }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1));
        await space.UntilAsync("pods", pods => pods is [var only] && only.TextAt("spec", "nodeName").Length > 0, "the pod is bound");

        await Waiting.UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return (await space.ListAsync("pods")).Single().IsReady;
        }, "the pod is Ready");

        var pod = (await space.ListAsync("pods")).Single();
        var started = Unstructured.ParseTimestamp(pod.ContainerStatus.TextAt("state", "running", "startedAt"));
        (Unstructured.ParseTimestamp(pod.ConditionOf("Ready")!.Text("lastTransitionTime")) - started).Should().BeGreaterOrEqualTo(TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task The_components_name_themselves_as_the_real_ones_do()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1));
        await space.ReadyPodsAsync(1);

        var writes = (await fixture.Cluster.Server.Requests.WritesAsync()).Where(r => r.Namespace == space.Name && r.Resource is "pods" or "replicasets" or "deployments").ToList();

        writes.Should().OnlyContain(r => r.UserAgent.Length == 0 || r.UserAgent == r.FieldManager);
        writes.Where(r => r.Resource == "pods" && r.Namespace == space.Name).Select(r => (r.Verb, r.Subresource, r.UserAgent)).Distinct().Should().Equal(
            ("create", "", "kube-controller-manager"), ("create", "binding", "kube-scheduler"), ("patch", "status", "kubelet"));
    }

    [Fact]
    public async Task A_namespace_ends_with_its_pods()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        await space.ReadyPodsAsync(3);

        await space.Api.DeleteAsync($"/api/v1/namespaces/{space.Name}");

        await Waiting.UntilAsync(
            async () => (await space.Api.GetAsync($"/api/v1/namespaces/{space.Name}")).Code == System.Net.HttpStatusCode.NotFound, "the namespace is gone");
    }

    [Fact]
    public async Task Once_a_rollout_is_done_nobody_writes_any_more()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Events = false }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        await space.UntilAsync("deployments", "cart", d => d.ConditionOf("Progressing")?.Text("reason") == "NewReplicaSetAvailable", "it is done");
        int writes = (await cluster.Server.Requests.WritesAsync()).Count;

        await space.MergeAsync("deployments", "cart", """{"metadata": {"labels": {"team": "shop"}}}""");
        await space.CreateAsync("deployments", Workload.Deployment("other", 1));
        await space.UntilAsync("deployments", "other", d => d.ConditionOf("Progressing")?.Text("reason") == "NewReplicaSetAvailable", "the other one is done");

        (await cluster.Server.Requests.WritesAsync()).Skip(writes).Where(r => r.Name.StartsWith("cart", StringComparison.Ordinal))
            .Should().ContainSingle("the label is all that was written");
    }

    [Fact]
    public async Task A_cluster_stops_cleanly_in_the_middle_of_its_work()
    {
        var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using (var space = await Namespace.CreateAsync(cluster, "shop"))
            await space.CreateAsync("deployments", Workload.Deployment("cart", 50));

        await cluster.DisposeAsync();

        using HttpClient http = new();
        await http.Invoking(h => h.GetAsync(cluster.Address, TestContext.Current.CancellationToken)).Should().ThrowAsync<HttpRequestException>("its port is free");
    }
}
