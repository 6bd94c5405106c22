using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>How far a recovery goes: modes, approvals, protection, owners.</summary>
public sealed class CourseTests : ShopTest
{
    [Fact]
    public async Task A_change_of_what_has_ended_is_seen_and_changes_nothing()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);

        (await Cluster.Recoveries.PatchAsync(ObjectKey.Of(ended.Metadata), Patch.Merge(new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["cancelled"] = true } }))).Required();

        var seen = await Cluster.RecoveryAsync(pods[0], r => r.Metadata.Generation > ended.Metadata.Generation && r.Status!.ObservedGeneration == r.Metadata.Generation, "the change was seen");
        seen.Status!.Outcome.Should().Be("Succeeded");
    }

    [Fact]
    public async Task Observe_records_the_plan_and_touches_nothing()
    {
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var recovery = await Cluster.EndedAsync(pods[0], "Skipped");

        recovery.Status!.Reason.Should().Be("ObserveOnly");
        recovery.Status.Plan!.Steps.Should().Contain(s => s.Contains("isolate pod"));
        (await Cluster.OperatorWritesAsync()).Select(r => r.Resource).Distinct().Should().BeSubsetOf(["securityfindings", "recoveries", "recoverypolicies", "trustedimages"]);
    }

    [Fact]
    public async Task Contain_isolates_at_once_and_replaces_once_a_person_approved()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync(new() { AllowUncheckedApprovals = true });

        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        (await PodAsync(pods[0]))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);

        await Cluster.DecideAsync(waiting);
        await Cluster.EndedAsync(pods[0]);
        (await PodAsync(pods[0])).Should().BeNull();
    }

    [Fact]
    public async Task An_approval_of_another_plan_does_not_run()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync(new() { AllowUncheckedApprovals = true });

        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        var approve = () => Cluster.DecideAsync(waiting, planHash: "another");
        if (ChosenCluster.Offers(Capability.AdmissionPolicies))
        {
            (await approve.Should().ThrowAsync<ApiUnavailableException>()).WithMessage("*planHash must be the hash of the plan that status.plan shows*");
            return;
        }
        await approve();

        await Cluster.BlockedAsync(pods[0], "PlanChanged");
        (await PodAsync(pods[0])).Should().NotBeNull();
    }

    [Fact]
    public async Task A_denied_recovery_ends_and_the_pod_is_released()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.DecideAsync(await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval"), ApprovalDecision.Denied);

        await Cluster.EndedAsync(pods[0], "Denied");
        await ReleasedAsync(pods[0]);
    }

    [Fact]
    public async Task A_cancelled_recovery_ends_and_everything_is_undone()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        (await Cluster.Recoveries.PatchAsync(ObjectKey.Of(waiting.Metadata), Patch.Merge(new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["cancelled"] = true } }))).Required();

        await Cluster.EndedAsync(pods[0], "Cancelled");
        await ReleasedAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 0, "the quarantine policy is gone");
    }

    [Fact]
    public async Task The_last_Ready_pod_waits_for_a_person_even_in_Recover()
    {
        await Cluster.PolicyAsync(Shop, "replace: {approval: [LastReadyPod]}");
        var pods = await DeployTrustedAsync(1);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        waiting.Status!.Message.Should().Contain("last Ready pod");
    }

    [Fact]
    public async Task A_pod_of_a_protected_namespace_is_skipped_and_not_touched()
    {
        await Cluster.ApplyAsync("""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ClusterRecoveryPolicy
            metadata: {name: everywhere}
            spec:
              mode: Recover
              match: {findings: [{sources: [falco]}]}
            """);
        var pods = await DeployTrustedAsync(ns: "kube-system");
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var recovery = await Cluster.EndedAsync(pods[0], "Skipped");

        recovery.Status!.Reason.Should().Be("Protected");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "pods" || r.Resource == "networkpolicies");
    }

    [Fact]
    public async Task Without_a_trusted_digest_it_is_Blocked_and_contained_until_one_is_listed()
    {
        var digest = Cluster.Push("payments", "3.1");
        await Cluster.PolicyAsync(Shop);
        await Cluster.DeployAsync(Shop, "payments", "payments:3.1", 2);
        var pod = (await Cluster.PodsAsync(Shop))[0];
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);
        await Cluster.BlockedAsync(pod, "NoTrustedDigest");
        (await PodAsync(pod))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);

        await Cluster.TrustAsync("payments", "3.1", digest);
        await Cluster.EndedAsync(pod);
    }

    [Fact]
    public async Task A_revoked_digest_is_never_chosen()
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ImageRevocationList
            metadata: {name: incidents}
            spec: {revoked: {"{{Released}}": {reason: "its build was compromised"} } }
            """);
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);

        var blocked = await Cluster.BlockedAsync(pods[0], "NoTrustedDigest");
        blocked.Status!.Message.Should().Contain("not revoked");
    }

    [Fact]
    public async Task A_bare_pod_is_contained_and_Blocked()
    {
        await Cluster.PolicyAsync(Shop);
        var pod = await BarePodAsync("tool");
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);
        var blocked = await Cluster.BlockedAsync(pod, "NoController");

        (await PodAsync(pod))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
        blocked.Status!.Evidence.Should().NotBeEmpty();
    }

    [Fact]
    public async Task What_the_template_does_not_have_is_told_and_not_pinned()
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: cart-1, namespace: {{Shop}}, labels: {app: cart} }
            spec:
              containers:
              - {name: main, image: "{{TestCluster.Registry}}/cart:1.4@{{Released}}"}
              - {name: proxy, image: "{{TestCluster.Registry}}/cart:1.4"}
              volumes: [{name: model, image: {reference: "{{TestCluster.Registry}}/model:1"} }]
            """);
        await Waiting.UntilAsync(async () => TestCluster.IsReady(await Cluster.Client.ReadNamespacedPodAsync("cart-1", Shop)), "the pod is Ready");
        await Cluster.ApplyAsync($$"""
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: {name: cart, namespace: {{Shop}} }
            spec:
              replicas: 1
              selector: {matchLabels: {app: cart} }
              template: {metadata: {labels: {app: cart} }, spec: {containers: [{name: main, image: "{{TestCluster.Registry}}/cart:1.4@{{Released}}"}] } }
            """);
        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNamespacedPodAsync("cart-1", Shop)).OwnerReferences()?.Count > 0, "the ReplicaSet adopts the pod");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = await Cluster.Client.ReadNamespacedPodAsync("cart-1", Shop);

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Exposure.Should().Contain(e => e.StartsWith("container proxy is not in the template")).And.Contain(e => e.StartsWith("volume model mounts image "));
        recovery.Status.Images.Should().ContainSingle().Which.Container.Should().Be("main");
    }

    [Fact]
    public async Task A_pod_of_another_kind_of_owner_is_contained_and_Blocked_with_the_reason()
    {
        await Cluster.PolicyAsync(Shop);
        var pod = await BarePodAsync("web-0", $", ownerReferences: [{{apiVersion: rollouts.example/v1, kind: Rollout, name: web, uid: {Guid.NewGuid()}, controller: true}}]");
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);
        var blocked = await Cluster.BlockedAsync(pod, "UnsupportedOwner");

        blocked.Status!.Message.Should().Contain("Rollout web");
        (await PodAsync(pod))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
    }

    [Fact]
    public async Task A_workload_that_is_deleted_meanwhile_needs_no_replacement()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        await Cluster.Client.DeleteNamespacedDeploymentAsync("cart", Shop);

        (await Cluster.EndedAsync(pods[0])).Status!.Reason.Should().Be("NoReplacementNeeded");
    }

    private async Task ReleasedAsync(V1Pod pod) => await Waiting.UntilAsync(
        async () => await PodAsync(pod) is { } now && !now.Labels().ContainsKey(WellKnown.QuarantineLabel)
            && now.Annotations()?.Keys.Any(k => k.StartsWith(WellKnown.Group, StringComparison.Ordinal)) is not true,
        "the pod is released");
}
