using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

public sealed class BreakerTests : ShopTest
{
    [Fact]
    public async Task What_a_breaker_holds_back_goes_on_as_soon_as_a_person_closes_it()
    {
        await Cluster.PolicyAsync(Shop, "limits: {replace: {maxUnavailable: 100%, maxPerHour: 1, cooldown: 1h}}");
        var pods = await DeployTrustedAsync(3);
        var running = await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);
        await Cluster.FindAsync(pods[1]);
        await Cluster.RecoveryAsync(pods[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");
        await QuietAsync(running);

        var reset = $$"""{"metadata": {"annotations": {"{{WellKnown.BreakerResetAnnotation}}": "{{TimeProvider.System.GetUtcNow():O}}"} } }""";
        await k8s.CustomObjectsOperationsExtensions.PatchNamespacedCustomObjectAsync(
            Cluster.Client, new k8s.Models.V1Patch(reset, k8s.Models.V1Patch.PatchType.MergePatch), WellKnown.Group, WellKnown.Version, Shop, "recoverypolicies", "intrusion");

        await Cluster.EndedAsync(pods[1]);
        await PolicyAsync(p => p is { Breaker.State: "Closed" }, "the policy says that it is closed");
    }

    [Fact]
    public async Task A_reset_in_the_future_is_none()
    {
        await Cluster.PolicyAsync(Shop, "limits: {replace: {maxUnavailable: 100%, maxPerHour: 1, cooldown: 1h}}");
        var pods = await DeployTrustedAsync(3);
        await StartOperatorAsync();
        var tomorrow = $$"""{"metadata": {"annotations": {"{{WellKnown.BreakerResetAnnotation}}": "{{TimeProvider.System.GetUtcNow().AddDays(1):O}}"} } }""";
        await k8s.CustomObjectsOperationsExtensions.PatchNamespacedCustomObjectAsync(
            Cluster.Client, new k8s.Models.V1Patch(tomorrow, k8s.Models.V1Patch.PatchType.MergePatch), WellKnown.Group, WellKnown.Version, Shop, "recoverypolicies", "intrusion");
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        await Cluster.FindAsync(pods[1]);

        await Cluster.RecoveryAsync(pods[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");
    }

    private Task PolicyAsync(Func<PolicyStatus?, bool> until, string what) => Waiting.UntilAsync(
        async () => await Cluster.Policies.GetAsync(new(Shop, "intrusion")) is ApiResult<RecoveryPolicy>.Ok { Value.Status: var status } && until(status), what);

    /// <summary>Until nothing that happened before wakes a recovery any more: no pass in a hundred looks.</summary>
    private static async Task QuietAsync(OperatorInProcess running)
    {
        var (passes, since) = ("", 0);
        await Waiting.UntilAsync(
            async () =>
            {
                var now = (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n').Single(l => l.StartsWith("immutable_recovery_reconciles_total{controller=\"recoveries\",result=\"done\"}", StringComparison.Ordinal));
                since = now == passes ? since + 1 : 0;
                passes = now;
                return since == 100;
            },
            "nothing wakes the recovery");
    }
}
