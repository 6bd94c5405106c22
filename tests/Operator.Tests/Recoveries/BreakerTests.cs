using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

public sealed class BreakerTests : ShopTest
{
    [Fact]
    public async Task What_a_breaker_holds_back_goes_on_as_soon_as_a_person_closes_it()
    {
        var (running, held) = await HeldBackAsync("1h");
        await QuietAsync(running);

        await ResetAsync(TimeProvider.System.GetUtcNow());

        await Cluster.EndedAsync(held);
        await PolicyAsync(p => p is { Breaker.State: "Closed" }, "the policy says that it is closed");
    }

    [Fact]
    public async Task A_reset_in_the_future_is_none()
    {
        await Cluster.PolicyAsync(Shop, "limits: {replace: {maxUnavailable: 100%, maxPerHour: 1, cooldown: 1h}}");
        var pods = await DeployTrustedAsync(3);
        await StartOperatorAsync();
        await ResetAsync(TimeProvider.System.GetUtcNow().AddDays(1));
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        await Cluster.FindAsync(pods[1]);

        await Cluster.RecoveryAsync(pods[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");
    }

    [Fact]
    public async Task What_is_open_stays_open_under_the_next_leader_even_where_the_hour_has_room()
    {
        var (first, held) = await HeldBackAsync("3h");
        await PolicyAsync(p => p is { Breaker.State: "Open" }, "the policy says that it is open");
        await StopAsync(first);

        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(2));
        var second = await StartOperatorAsync(time: time);

        await Waiting.UntilAsync(async () => (await MetricsAsync(second)).Split('\n').Contains("immutable_recovery_leader 1"), "it leads");
        (await MetricsAsync(second)).Split('\n').Should().Contain("immutable_recovery_breaker_open{policy=\"shop/intrusion\"} 1");
        (await PodAsync(held)).Should().NotBeNull();

        time.Advance(TimeSpan.FromHours(2));
        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return (await Cluster.RecoveriesAsync(Shop)).All(r => r.Status?.Outcome == "Succeeded");
            },
            "its cooldown is over");
        await PolicyAsync(p => p is { Breaker.State: "Closed" }, "the policy says that it is closed");
    }

    [Fact]
    public async Task A_breaker_that_was_reset_while_nobody_led_is_closed_and_its_budget_unused()
    {
        var (first, held) = await HeldBackAsync("3h");
        await PolicyAsync(p => p is { Breaker.State: "Open" }, "the policy says that it is open");
        await StopAsync(first);
        var recovery = (await Cluster.RecoveriesAsync(Shop)).Single(r => r.Spec.Target.Uid == held.Uid());
        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(recovery.Metadata), new())).Required();
        await ResetAsync(TimeProvider.System.GetUtcNow());

        var second = await StartOperatorAsync();

        await PolicyAsync(p => p is { Breaker: { State: "Closed", StartedLastHour: 0 } }, "the policy says that it is closed");
        (await MetricsAsync(second)).Split('\n').Should().Contain("immutable_recovery_replacement_budget_used_ratio{policy=\"shop/intrusion\"} 0");
    }

    [Fact]
    public async Task One_namespace_opens_no_breaker_of_another_under_the_same_policy_and_the_next_leader_knows_which()
    {
        await Cluster.NamespaceAsync("tenant");
        await Cluster.ClusterPolicyAsync("limits: {replace: {maxUnavailable: 100%, maxPerHour: 1, cooldown: 1h}}");
        var own = await DeployTrustedAsync(3, ns: "tenant");
        var pods = await DeployTrustedAsync(2);
        var first = await StartOperatorAsync();
        await Cluster.FindAsync(own[0]);
        await Cluster.EndedAsync(own[0]);
        await Cluster.FindAsync(own[1]);
        await Cluster.RecoveryAsync(own[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        await ClusterPolicyAsync(p => p is { Breaker: { State: "Open", ForAllNamespaces: false } breaker } && breaker.Namespaces.Select(n => n.Namespace).SequenceEqual(["tenant"]), "the policy says where it is open");
        await StopAsync(first);
        await StartOperatorAsync();
        await Cluster.FindAsync(own[2]);
        await Cluster.RecoveryAsync(own[2], r => r.Status?.Reason == Reasons.BreakerOpen, "the next leader holds it back, too");
        await ClusterPolicyAsync(p => p is { Breaker: { State: "Open" } breaker } && breaker.Namespaces.Select(n => n.Namespace).SequenceEqual(["tenant"]), "the other namespace's is closed");
    }

    private Task ClusterPolicyAsync(Func<PolicyStatus?, bool> until, string what) => Waiting.UntilAsync(
        async () => await Cluster.ClusterPolicies.GetAsync(new("", "everywhere")) is ApiResult<ClusterRecoveryPolicy>.Ok { Value.Status: var status } && until(status), what);

    /// <summary>The second replacement of an hour that allows one: the operator, and the pod that the breaker keeps from being replaced.</summary>
    private async Task<(OperatorInProcess Running, V1Pod Held)> HeldBackAsync(string cooldown)
    {
        await Cluster.PolicyAsync(Shop, $"limits: {{replace: {{maxUnavailable: 100%, maxPerHour: 1, cooldown: {cooldown}}}}}");
        var pods = await DeployTrustedAsync(3);
        var running = await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);
        await Cluster.FindAsync(pods[1]);
        await Cluster.RecoveryAsync(pods[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");
        return (running, pods[1]);
    }

    private Task ResetAsync(DateTimeOffset time) => k8s.CustomObjectsOperationsExtensions.PatchNamespacedCustomObjectAsync(
        Cluster.Client,
        new V1Patch($$"""{"metadata": {"annotations": {"{{WellKnown.BreakerResetAnnotation}}": "{{time:O}}"} } }""", V1Patch.PatchType.MergePatch),
        WellKnown.Group, WellKnown.Version, Shop, "recoverypolicies", "intrusion");

    private static Task<string> MetricsAsync(OperatorInProcess running) => running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    private Task PolicyAsync(Func<PolicyStatus?, bool> until, string what) => Waiting.UntilAsync(
        async () => await Cluster.Policies.GetAsync(new(Shop, "intrusion")) is ApiResult<RecoveryPolicy>.Ok { Value.Status: var status } && until(status), what);

    /// <summary>Until nothing that happened before wakes a recovery any more: no pass in a hundred looks.</summary>
    private static async Task QuietAsync(OperatorInProcess running)
    {
        var (passes, since) = ("", 0);
        await Waiting.UntilAsync(
            async () =>
            {
                var now = (await MetricsAsync(running)).Split('\n').Single(l => l.StartsWith("immutable_recovery_reconciles_total{controller=\"recoveries\",result=\"done\"}", StringComparison.Ordinal));
                since = now == passes ? since + 1 : 0;
                passes = now;
                return since == 100;
            },
            "nothing wakes the recovery");
    }
}
