using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Isolation, and how it ends.</summary>
public sealed class QuarantineTests : ShopTest
{
    [Fact]
    public async Task The_quarantine_policy_denies_everything_to_labelled_pods_only()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        var policy = await Cluster.Client.ReadNamespacedNetworkPolicyAsync(WellKnown.QuarantinePolicy, Shop);
        policy.Spec.PolicyTypes.Should().BeEquivalentTo("Ingress", "Egress");
        (policy.Spec.Ingress?.Count ?? 0, policy.Spec.Egress?.Count ?? 0).Should().Be((0, 0));
        policy.Spec.PodSelector.MatchExpressions.Should().ContainSingle().Which.Key.Should().Be(WellKnown.QuarantineLabel);
        (await PodAsync(pods[1]))!.Labels().Should().NotContainKey(WellKnown.QuarantineLabel);
    }

    [Fact]
    public async Task A_quarantine_policy_that_somebody_removes_is_put_back()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        await Cluster.Client.DeleteNamespacedNetworkPolicyAsync(WellKnown.QuarantinePolicy, Shop);

        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Progress?.NetworkPolicyRestored == 1, "put it back");
        (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task A_quarantine_label_that_somebody_lifts_is_put_back()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        await Cluster.Client.PatchNamespacedPodAsync(
            new V1Patch($$$"""{"metadata": {"labels": {"{{{WellKnown.QuarantineLabel}}}": null} } }""", V1Patch.PatchType.MergePatch), pods[0].Name(), Shop);

        await Waiting.UntilAsync(async () => (await PodAsync(pods[0]))!.Labels().ContainsKey(WellKnown.QuarantineLabel), "the label is back");
    }

    [Fact]
    public async Task A_pod_on_the_nodes_network_is_contained_as_Unknown()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync(podSpec: "hostNetwork: true");
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        waiting.Status!.Conditions.Single(c => c.Type == "Contained").Should().Match<StatusCondition>(c => c.Status == "Unknown" && c.Reason == "HostNetwork");
        waiting.Status.Exposure.Should().Contain(e => e.Contains("node's network"));
        await Waiting.UntilAsync(
            async () => (await Cluster.Client.CoreV1.ListNamespacedEventAsync(Shop)).Items.Any(e => e is { Reason: "ContainmentUnknown", Type: "Warning" } && e.Message.Contains("may not be isolated: the pod uses the node's network")),
            "an Event says so");
        (await Cluster.Client.CoreV1.ListNamespacedEventAsync(Shop)).Items.Should().NotContain(e => e.Reason == "Contained");
    }

    [Fact]
    public async Task A_kept_original_is_isolated_until_its_time_is_over()
    {
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], retainOriginalFor: 2s}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        var kept = (await PodAsync(pods[0]))!;
        kept.Labels().Keys.Should().Equal(WellKnown.QuarantineLabel);
        kept.OwnerReferences().Should().BeNullOrEmpty();
        await Waiting.UntilAsync(async () => await PodAsync(pods[0]) is null, "it is gone when its time is over");
        await Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 0, "the quarantine policy is gone");
    }

    [Fact]
    public async Task An_original_whose_connections_must_end_is_not_kept()
    {
        await Cluster.PolicyAsync(Shop, "contain: {connections: MustEnd}\nreplace: {approval: [], retainOriginalFor: 1h}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);

        (await PodAsync(pods[0])).Should().BeNull();
        ended.Status!.Evidence.Should().NotBeEmpty();
        ended.Status.Plan!.Steps.Should().Contain(s => s.StartsWith("delete the pod by UID")).And.NotContain(s => s.StartsWith("keep the isolated original"));
    }

    [Fact]
    public async Task A_kept_original_whose_record_is_deleted_stays_isolated_and_never_goes_back_into_its_Service()
    {
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], retainOriginalFor: 1h}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);
        var siblings = (await Cluster.PodsAsync(Shop)).Select(p => p.Uid()).ToList();

        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(ended.Metadata), new())).Required();

        // Another quarantine that is lifted shows that the sweeper has looked since.
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        await Waiting.UntilAsync(
            async () => (await Cluster.Policies.GetAsync(new(Shop, "intrusion"))).Required() is var policy && policy.Status?.ObservedGeneration == policy.Metadata.Generation, "the operator has seen the policy");
        await Cluster.FindAsync(pods[1]);
        var waiting = await Cluster.RecoveryAsync(pods[1], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(waiting.Metadata), new())).Required();
        await Waiting.UntilAsync(async () => !(await PodAsync(pods[1]))!.Labels().ContainsKey(WellKnown.QuarantineLabel), "the other pod is released");
        (await PodAsync(pods[0]))!.Labels().Keys.Should().Equal(WellKnown.QuarantineLabel);
        (await Cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().BeEquivalentTo(siblings, "no clean pod had to make room");
    }

    [Fact]
    public async Task The_quarantine_policy_stays_for_the_next_incident_and_goes_when_none_comes()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await StartOperatorAsync(new(), time);
        foreach (var pod in pods)
        {
            await Cluster.FindAsync(pod);
            await AdvancingUntilAsync(time, TimeSpan.FromMilliseconds(20), async () => (await Cluster.RecoveriesAsync(Shop)).Any(r => r.Spec.Target.Uid == pod.Uid() && r.Status?.Outcome is not null), "it has ended");
        }
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource == "networkpolicies").Should().ContainSingle("the second incident found it in place");
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource is "recoveries" or "pods" or "configmaps" || r is { Resource: "securityfindings", Subresource: "status" })
            .Should().HaveCount(2 * 7, "claim, the finding's status, one patch of the pod, evidence, the start, the deletion, the end");

        await AdvancingUntilAsync(time, TimeSpan.FromMinutes(1), async () => (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 0, "the quarantine policy is gone");
        (time.GetUtcNow() - time.Start).Should().BeGreaterThan(new OperatorOptions().QuarantinePolicyStays);
    }

    private static Task AdvancingUntilAsync(FakeTimeProvider time, TimeSpan step, Func<Task<bool>> holds, string what) => Waiting.UntilAsync(
        async () =>
        {
            time.Advance(step);
            return await holds();
        },
        what);

    [Fact]
    public async Task What_a_deleted_recovery_left_is_undone()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(waiting.Metadata), new())).Required();

        await Waiting.UntilAsync(async () => !(await PodAsync(pods[0]))!.Labels().ContainsKey(WellKnown.QuarantineLabel), "the pod is released");
    }
}
