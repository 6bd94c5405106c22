using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>What changes around a recovery while it goes on: it ends or is Blocked with a reason of its own, and a late success counts.</summary>
public sealed class SurroundingsTests : ShopTest
{
    private static readonly OperatorOptions Unchecked = new() { AllowUncheckedApprovals = true };

    [Fact]
    public async Task A_namespace_that_is_deleted_takes_the_recovery_along_and_frees_the_node()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await Cluster.ClusterPolicyAsync("mode: Contain\ncontain: {node: Cordon}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        (await Cluster.Client.ReadNodeAsync(pods[0].Spec.NodeName)).Spec.Unschedulable.Should().BeTrue();

        await Cluster.Client.DeleteNamespaceAsync(Shop);

        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNodeAsync(pods[0].Spec.NodeName)).Spec.Unschedulable is not true, "the node takes pods again");
        await Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespaceAsync()).Items.All(n => n.Name() != Shop), "the namespace is gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_policy_that_is_deleted_or_edited_changes_nothing_under_way(bool deleted)
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync(Unchecked);
        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        if (deleted)
            (await Cluster.Policies.DeleteAsync(new(Shop, "intrusion"), new())).Should().BeOfType<ApiResult<Deleted>.Ok>();
        else
            await Cluster.PolicyAsync(Shop, "mode: Observe");
        await Cluster.DecideAsync(waiting);

        await Cluster.EndedAsync(pods[0]);
        (await PodAsync(pods[0])).Should().BeNull();
    }

    [Fact]
    public async Task A_pull_that_fails_is_Blocked_in_the_kubelets_words_and_a_TrustedImage_that_changes_meanwhile_changes_nothing()
    {
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 1, pull: "Always");
        var lost = TestCluster.Digest("cart 1.4, which the registry has lost");
        await Cluster.TrustAsync("cart", "1.4", lost);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop)).Single();
        await Cluster.FindAsync(target);
        var blocked = await Cluster.RecoveryAsync(target, r => r.Status is { Phase: "Blocked", Reason: "ErrImagePull" or "ImagePullBackOff" }, "is Blocked by a pull");
        blocked.Status!.Message.Should().Contain("container main").And.Contain("a late success counts");

        await Cluster.TrustAsync("cart", "1.4", Released);
        Cluster.Api.Images.Push($"{TestCluster.Registry}/cart", "found-again", lost);
        await Cluster.EndedAsync(target);

        (await Cluster.PodsAsync(Shop)).Should().OnlyContain(p => TestCluster.Runs(p, lost), "the digest was fixed when the replacement started");
    }

    [Fact]
    public async Task A_workload_that_is_scaled_to_zero_needs_no_replacement()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        await Cluster.Client.PatchNamespacedDeploymentScaleAsync(new V1Patch("""{"spec": {"replicas": 0}}""", V1Patch.PatchType.MergePatch), "cart", Shop);

        (await Cluster.EndedAsync(pods[0])).Status!.Message.Should().Be("Deployment cart is scaled to zero");
    }

    [Fact]
    public async Task An_operator_that_is_replaced_by_another_version_finds_its_way_in_the_old_record()
    {
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 2, pull: "Always");
        await Cluster.TrustAsync("cart", "1.4", TestCluster.Digest("not there yet"));
        await Cluster.PolicyAsync(Shop);
        var old = await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];
        await Cluster.FindAsync(target);
        var going = await Cluster.RecoveryAsync(target, r => r.Status is { Phase: "Blocked" } && r.Status.Progress?.ReplacementStartedAt is not null, "is Blocked in the middle");
        await StopAsync(old);

        // What a version knows that had neither these fields nor this path.
        var status = going.Status!;
        (status.Progress!.Pins, status.Progress.Path, status.Plan, status.Conditions) = (0, "ByAWayOfItsOwn", null, []);
        (await Cluster.Recoveries.ReplaceAsync(going with { Status = status, Metadata = (await Cluster.Recoveries.GetAsync(ObjectKey.Of(going.Metadata))).Required().Metadata }, "status")).Required();
        Cluster.Api.Images.Push($"{TestCluster.Registry}/cart", "there", TestCluster.Digest("not there yet"));
        await StartOperatorAsync();

        await Cluster.EndedAsync(target);
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => TestCluster.Runs(p, TestCluster.Digest("not there yet")));
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_Blocked_in_its_own_words()
    {
        var pods = await DeployTrustedAsync();
        await Cluster.PolicyAsync(Shop);
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            request is { Verb: "create", Resource: "pods", Subresource: "" }
                ? new Fault.Respond(new(403, "Forbidden", "pods \"cart\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2"))
                : null);
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        (await Cluster.BlockedAsync(pods[0], "QuotaExceeded")).Status!.Message.Should().Contain("exceeded quota: compute");
        Cluster.Api.Faults.Before = null;

        await Cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task A_replacement_that_no_node_takes_is_Blocked_in_the_schedulers_words()
    {
        var node = (await Cluster.Client.ListNodeAsync()).Items[0].Name();
        var pods = await DeployTrustedAsync(podSpec: $"nodeSelector: {{kubernetes.io/hostname: {node}}}");
        await Cluster.PolicyAsync(Shop);
        await CordonAsync(node, cordoned: true);
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        (await Cluster.BlockedAsync(pods[0], "Unschedulable")).Status!.Message.Should().Contain("nodes are available");
        await CordonAsync(node, cordoned: false);

        await Cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task A_replacement_that_crashes_again_and_again_is_Blocked_with_its_container()
    {
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 1, pull: "Always");
        var broken = TestCluster.Digest("cart that crashes");
        Cluster.Api.Images.Push($"{TestCluster.Registry}/cart", "broken", broken, new() { CrashesAfter = TimeSpan.FromMilliseconds(10) });
        await Cluster.TrustAsync("cart", "1.4", broken);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop)).Single();

        await Cluster.FindAsync(target);

        (await Cluster.BlockedAsync(target, "CrashLoopBackOff")).Status!.Message.Should().Contain("container main");
    }

    private Task CordonAsync(string node, bool cordoned) =>
        Cluster.Client.PatchNodeAsync(new V1Patch($$"""{"spec": {"unschedulable": {{(cordoned ? "true" : "null")}} } }""", V1Patch.PatchType.MergePatch), node);
}
