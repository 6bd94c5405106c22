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
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);
        await Cluster.FindAsync(pods[1]);
        await Cluster.RecoveryAsync(pods[1], r => r.Status?.Reason == Reasons.BreakerOpen, "the breaker holds it back");

        var reset = $$"""{"metadata": {"annotations": {"{{WellKnown.BreakerResetAnnotation}}": "{{TimeProvider.System.GetUtcNow():O}}"} } }""";
        await k8s.CustomObjectsOperationsExtensions.PatchNamespacedCustomObjectAsync(
            Cluster.Client, new k8s.Models.V1Patch(reset, k8s.Models.V1Patch.PatchType.MergePatch), WellKnown.Group, WellKnown.Version, Shop, "recoverypolicies", "intrusion");

        await Cluster.EndedAsync(pods[1]);
        await Waiting.UntilAsync(
            async () => (await Cluster.Policies.GetAsync(new(Shop, "intrusion"))) is ApiResult<RecoveryPolicy>.Ok { Value.Status.Breaker.State: "Closed" }, "the policy says that it is closed");
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
}
