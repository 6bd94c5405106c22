using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Disruption;

public sealed class DisruptionControllerTests(ClusterFixture fixture)
{
    [Theory]
    [InlineData("""{"minAvailable": 3}""", 3, 2)]
    [InlineData("""{"minAvailable": "50%"}""", 3, 2)]
    [InlineData("""{"maxUnavailable": 1}""", 4, 1)]
    [InlineData("""{"maxUnavailable": "30%"}""", 3, 2)]
    public async Task A_budget_says_how_many_pods_may_be_disrupted(string limit, int desired, int allowed)
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 5));
        await space.ReadyPodsAsync(5);

        await CreateBudgetAsync(space, limit);

        var budget = await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "currentHealthy") == 5, "the budget is worked out");
        (budget.NumberAt("status", "expectedPods"), budget.NumberAt("status", "desiredHealthy"), budget.NumberAt("status", "disruptionsAllowed"), budget.IsObserved)
            .Should().Be((5, desired, allowed, true));
        budget.ConditionOf("DisruptionAllowed")!.Text("reason").Should().Be("SufficientPods");
    }

    [Fact]
    public async Task A_budget_knows_how_many_pods_a_StatefulSet_has()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("statefulsets", Workload.StatefulSet("cart", 3));
        await space.ReadyPodsAsync(3);

        await CreateBudgetAsync(space, """{"maxUnavailable": 1}""");

        await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "expectedPods") == 3 && b.NumberAt("status", "disruptionsAllowed") == 1, "one may go");
    }

    [Fact]
    public async Task A_pod_that_is_gone_uses_the_budget_up_until_it_is_replaced()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Nodes = 1 }, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        var pods = await space.ReadyPodsAsync(2);
        await CreateBudgetAsync(space, """{"maxUnavailable": 1}""");
        await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "disruptionsAllowed") == 1, "one may go");

        cluster.Kubelets.Freeze("node-1");
        await space.DeleteAsync("pods", pods[0].Name);
        var used = await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "disruptionsAllowed") == 0, "none may go");
        cluster.Kubelets.Thaw("node-1");

        used.ConditionOf("DisruptionAllowed")!.Text("reason").Should().Be("InsufficientPods");
        await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "disruptionsAllowed") == 1, "one may go again");
    }

    [Fact]
    public async Task An_eviction_uses_the_budget_up_until_the_pod_is_replaced()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        var pods = await space.ReadyPodsAsync(2);
        await CreateBudgetAsync(space, """{"maxUnavailable": 1}""");
        await space.UntilAsync("poddisruptionbudgets", "cart", b => b.NumberAt("status", "disruptionsAllowed") == 1, "one may go");

        var first = await EvictAsync(space, pods[0].Name);
        var second = await EvictAsync(space, pods[1].Name);

        (first.Code, second.Code).Should().Be((HttpStatusCode.Created, HttpStatusCode.TooManyRequests));
        var replaced = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Name != pods[0].Name), "the pod is replaced");
        replaced.Select(p => p.Name).Should().Contain(pods[1].Name);
        await Waiting.UntilAsync(async () => (await EvictAsync(space, pods[1].Name)).Code == HttpStatusCode.Created, "the other may go");
    }

    [Fact]
    public async Task A_percentage_of_pods_without_a_controller_cannot_be_told()
    {
        using var space = await fixture.NamespaceAsync();
        var pod = Objects.Pod("p");
        pod.EnsureMetadata()["labels"] = new JsonObject { ["app"] = "cart" };
        await space.CreateAsync("pods", pod);
        await space.ReadyPodsAsync(1);

        await CreateBudgetAsync(space, """{"minAvailable": "50%"}""");

        var budget = await space.UntilAsync("poddisruptionbudgets", "cart", b => b.ConditionOf("DisruptionAllowed")?.Text("reason") == "SyncFailed", "it says so");
        budget.ConditionOf("DisruptionAllowed")!.Text("message").Should().Be("found no controllers for pod \"p\"");
        budget.NumberAt("status", "disruptionsAllowed").Should().Be(0);
    }

    private static Task<Answer> EvictAsync(Namespace space, string pod) =>
        space.Api.CreateAsync($"{space.PathOf("pods", pod)}/eviction", Objects.Of("policy/v1", "Eviction", pod));

    private static Task<JsonObject> CreateBudgetAsync(Namespace space, string limit)
    {
        var budget = Objects.Of("policy/v1", "PodDisruptionBudget", "cart");
        var spec = (JsonObject)JsonNode.Parse(limit)!;
        spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "cart" } };
        budget["spec"] = spec;
        return space.CreateAsync("poddisruptionbudgets", budget);
    }
}
