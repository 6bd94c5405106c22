using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Evictions;

/// <summary>Evictions of pods that a PodDisruptionBudget selects, whose status the tests write.</summary>
public sealed class BudgetTests(ConformanceCluster cluster)
{
    private const string Blocked = "Cannot evict pod as it would violate the pod's disruption budget.";

    [Fact]
    public async Task An_eviction_spends_the_budget()
    {
        await using var space = await BudgetAsync(allowed: 2);
        await space.RunAsync("p");

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);

        var budget = (await space.Api.GetAsync($"{space.Budgets}/b")).Ok;
        budget.NumberAt("status", "disruptionsAllowed").Should().Be(1);
        budget.At("status", "disruptedPods")!.AsObject().Select(d => d.Key).Should().Equal("p");
    }

    [Fact]
    public async Task The_last_eviction_that_is_allowed_says_so_in_the_condition()
    {
        await using var space = await BudgetAsync(allowed: 1);
        await space.RunAsync("p");

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);

        var budget = (await space.Api.GetAsync($"{space.Budgets}/b")).Ok;
        var condition = budget.Items("status", "conditions").Single(c => c.Text("type") == "DisruptionAllowed");
        (condition.Text("status"), condition.Text("reason")).Should().Be(("False", "InsufficientPods"));
    }

    [Fact]
    public async Task A_budget_that_is_spent_refuses_without_saying_when()
    {
        await using var space = await BudgetAsync(allowed: 0, healthy: 2, desired: 2);
        await space.RunAsync("p");

        var answer = await space.EvictAsync("p");

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.TooManyRequests, "TooManyRequests", Blocked));
        var cause = answer.Json.Items("details", "causes").Should().ContainSingle().Subject;
        (cause.Text("reason"), cause.Text("message")).Should().Be(("DisruptionBudget", "The disruption budget b needs 2 healthy pods and has 2 currently"));
        answer.RetryAfter.Should().BeNull();
        (await space.Api.GetAsync($"{space.Pods}/p")).Ok.IsTerminating.Should().BeFalse();
    }

    [Fact]
    public async Task A_budget_that_is_being_worked_out_refuses_for_ten_seconds()
    {
        await using var space = await BudgetAsync(allowed: 1, observed: 0);
        await space.RunAsync("p");

        var answer = await space.EvictAsync("p");

        (answer.Code, answer.Reason, answer.Message, answer.RetryAfter).Should().Be((HttpStatusCode.TooManyRequests, "TooManyRequests", Blocked, "10"));
        var cause = answer.Json.Items("details", "causes").Should().ContainSingle().Subject;
        (cause.Text("reason"), cause.Text("message")).Should().Be(("DisruptionBudget", "The disruption budget b is still being processed by the server."));
        answer.Json.NumberAt("details", "retryAfterSeconds").Should().Be(10);
    }

    [Fact]
    public async Task A_budget_that_could_not_be_worked_out_says_why()
    {
        await using var space = await BudgetAsync(allowed: 0, condition: ("SyncFailed", "found no controllers for pod \"p\""));
        await space.RunAsync("p");

        (await space.EvictAsync("p")).Json.Items("details", "causes").Single().Text("message").Should().Be(
            "The disruption budget b does not allow evicting pods currently because it failed sync: found no controllers for pod \"p\"");
    }

    [Fact]
    public async Task A_budget_that_refuses_for_another_reason_says_it()
    {
        await using var space = await BudgetAsync(allowed: 0, healthy: 3, desired: 2, condition: ("Another", "because"));
        await space.RunAsync("p");

        (await space.EvictAsync("p")).Json.Items("details", "causes").Single().Text("message").Should().Be(
            "The disruption budget b does not allow evicting pods currently (Another): because");
    }

    [Fact]
    public async Task Two_budgets_are_one_too_many()
    {
        await using var space = await BudgetAsync(allowed: 1);
        await AddBudgetAsync(space, "c", allowed: 1);
        await space.RunAsync("p");

        var answer = await space.EvictAsync("p");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.InternalServerError, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."));
    }

    [Fact]
    public async Task A_budget_of_other_pods_does_not_matter()
    {
        await using var space = await BudgetAsync(allowed: 0);
        await space.RunAsync("p", app: "till");

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Another_uid_is_told_after_the_budget_is_spent()
    {
        await using var space = await BudgetAsync(allowed: 1);
        await space.RunAsync("p");

        var first = await space.EvictAsync("p", """{"preconditions": {"uid": "another"}}""");
        var second = await space.EvictAsync("p", """{"preconditions": {"uid": "another"}}""");

        (first.Code, second.Code).Should().Be((HttpStatusCode.Conflict, HttpStatusCode.TooManyRequests));
        (await space.Api.GetAsync($"{space.Budgets}/b")).Ok.NumberAt("status", "disruptionsAllowed").Should().Be(0);
    }

    [Fact]
    public async Task A_dry_run_asks_the_budget_and_spends_nothing()
    {
        await using var space = await BudgetAsync(allowed: 1);
        await space.RunAsync("p");
        string before = (await space.Api.GetAsync($"{space.Budgets}/b")).Ok.ResourceVersion;

        (await space.EvictAsync("p", """{"dryRun": ["All"]}""")).Code.Should().Be(HttpStatusCode.Created);

        (await space.Api.GetAsync($"{space.Budgets}/b")).Ok.ResourceVersion.Should().Be(before);
        await SetStatusAsync(space, "b", allowed: 0);
        (await space.EvictAsync("p", """{"dryRun": ["All"]}""")).Code.Should().Be(HttpStatusCode.TooManyRequests);
    }

    [Theory]
    [InlineData("Pending")]
    [InlineData("Succeeded")]
    [InlineData("Failed")]
    public async Task A_pod_that_does_not_run_needs_no_budget(string phase)
    {
        await using var space = await BudgetAsync(allowed: 0);
        await space.RunAsync("p", phase: phase);

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);

        (await space.Api.GetAsync($"{space.Budgets}/b")).Ok.At("status", "disruptedPods").Should().BeNull();
    }

    [Fact]
    public async Task A_pod_that_is_going_needs_no_budget()
    {
        await using var space = await BudgetAsync(allowed: 0);
        await space.RunAsync("p");
        await space.Api.DeleteAsync($"{space.Pods}/p");

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_unready_pod_needs_no_budget_while_enough_others_are_healthy()
    {
        await using var space = await BudgetAsync(allowed: 0, healthy: 2, desired: 2);
        await space.RunAsync("p", ready: false);

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_unready_pod_is_kept_while_too_few_others_are_healthy()
    {
        await using var space = await BudgetAsync(allowed: 0, healthy: 1, desired: 2);
        await space.RunAsync("p", ready: false);

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task An_unready_pod_needs_no_budget_where_that_is_always_allowed()
    {
        await using var space = await BudgetAsync(allowed: 0, healthy: 1, desired: 2, unhealthy: "AlwaysAllow");
        await space.RunAsync("p", ready: false);

        (await space.EvictAsync("p")).Code.Should().Be(HttpStatusCode.Created);
    }

    private async Task<TestNamespace> BudgetAsync(
        int allowed, int healthy = 3, int desired = 2, int? observed = null, (string Reason, string Message)? condition = null, string? unhealthy = null)
    {
        ChosenCluster.Needs(Capability.HandwrittenBudgets);
        var space = await cluster.NamespaceAsync();
        await AddBudgetAsync(space, "b", allowed, healthy, desired, observed, condition, unhealthy);
        return space;
    }

    private static async Task AddBudgetAsync(
        TestNamespace space, string name, int allowed, int healthy = 3, int desired = 2, int? observed = null,
        (string Reason, string Message)? condition = null, string? unhealthy = null)
    {
        var budget = Objects.Of("policy/v1", "PodDisruptionBudget", name);
        budget["spec"] = Json.Object($$$"""{"minAvailable": {{{desired}}}, "selector": {"matchLabels": {"app": "cart"} } }""");
        if (unhealthy is not null)
            budget["spec"]!["unhealthyPodEvictionPolicy"] = unhealthy;
        await space.CreateAsync(space.Budgets, budget);
        await SetStatusAsync(space, name, allowed, healthy, desired, observed, condition);
    }

    private static async Task SetStatusAsync(
        TestNamespace space, string name, int allowed, int healthy = 3, int desired = 2, int? observed = null, (string Reason, string Message)? condition = null)
    {
        JsonObject status = new()
        {
            ["disruptionsAllowed"] = allowed,
            ["currentHealthy"] = healthy,
            ["desiredHealthy"] = desired,
            ["expectedPods"] = 3,
            ["observedGeneration"] = observed ?? 1,
        };
        if (condition is var (reason, message))
        {
            status["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "DisruptionAllowed",
                ["status"] = "False",
                ["reason"] = reason,
                ["message"] = message,
                ["lastTransitionTime"] = "2024-01-01T00:00:00Z",
            });
        }
        _ = (await space.Api.MergeAsync($"{space.Budgets}/{name}/status", new JsonObject { ["status"] = status })).Ok;
    }
}
