using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Pods whose successors take their places: of StatefulSets and DaemonSets. They are never detached.</summary>
public sealed class NumberedWorkloadTests : ShopTest
{
    private string bad = "";

    [Theory]
    [InlineData("RollingUpdate")]
    [InlineData("OnDelete")]
    public async Task A_StatefulSet_on_a_poisoned_tag_is_pinned_and_every_pod_comes_back_from_the_trusted_digest(string strategy)
    {
        await PoisonedAsync("StatefulSet", $"updateStrategy: {{type: {strategy}}}");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[1];

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Progress!.Path.Should().Be(strategy == "OnDelete" ? "InPlace" : "Rollout");
        await TrustedAsync("cart-0", "cart-1", "cart-2");
        (await Cluster.Client.ReadNamespacedStatefulSetAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Should().Be($"{TestCluster.Registry}/cart:1.4@{Released}");
        await NothingWasDetachedAsync();
    }

    [Fact]
    public async Task A_pod_of_a_trusted_StatefulSet_is_deleted_by_its_UID_and_its_siblings_stay()
    {
        await Cluster.DeployNumberedAsync("StatefulSet", Shop, "cart", $"cart:1.4@{Released}");
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], retainOriginalFor: 1h}");
        await StartOperatorAsync();
        var before = await Cluster.PodsAsync(Shop);

        await Cluster.FindAsync(before[0]);
        var recovery = await Cluster.EndedAsync(before[0]);

        recovery.Status!.Replacements.Should().ContainSingle().Which.Pod.Should().Be("cart-0");
        recovery.Status.Replacements[0].Uid.Should().NotBe(before[0].Uid());
        (await Cluster.PodsAsync(Shop)).Skip(1).Select(p => p.Uid()).Should().Equal(before.Skip(1).Select(p => p.Uid()));
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "statefulsets");
        await NothingWasDetachedAsync();
    }

    [Fact]
    public async Task A_pod_below_a_partition_is_contained_until_the_partition_is_lowered()
    {
        await PoisonedAsync("StatefulSet", "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "PartitionHolds");

        blocked.Status!.Message.Should().Contain("cart-0 is below partition 2 of StatefulSet cart").And.Contain("lower the partition");
        (await PodAsync(target)).Should().NotBeNull("its next pod would run the same image");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "statefulsets");
        await Cluster.Client.PatchNamespacedStatefulSetAsync(
            new V1Patch("""{"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}""", V1Patch.PatchType.MergePatch), "cart", Shop);
        await Cluster.EndedAsync(target);
        await TrustedAsync("cart-0", "cart-1", "cart-2");
    }

    [Fact]
    public async Task A_broken_pod_that_holds_up_the_others_is_taken_out()
    {
        await PoisonedAsync("StatefulSet", "");
        // Somebody rolled out an image that does not exist: the last pod is stuck, and the controller waits for it.
        await Cluster.Client.PatchNamespacedStatefulSetAsync(
            new V1Patch($$"""[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "{{TestCluster.Registry}}/cart:none"}]""", V1Patch.PatchType.JsonPatch), "cart", Shop);
        await Waiting.UntilAsync(
            async () => (await Cluster.PodsAsync(Shop)).Any(p => p.Name() == "cart-2" && p.Spec.Containers[0].Image.EndsWith(":none", StringComparison.Ordinal)), "cart-2 is stuck");
        await Cluster.Client.PatchNamespacedStatefulSetAsync(
            new V1Patch($$"""[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "{{TestCluster.Registry}}/cart:1.4"}]""", V1Patch.PatchType.JsonPatch), "cart", Shop);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        await Cluster.EndedAsync(target);

        await TrustedAsync("cart-0", "cart-1", "cart-2");
    }

    [Theory]
    [InlineData("RollingUpdate")]
    [InlineData("OnDelete")]
    public async Task A_DaemonSet_waits_for_an_approval_and_is_then_pinned_on_every_node(string strategy)
    {
        await PoisonedAsync("DaemonSet", $"updateStrategy: {{type: {strategy}}}", NodeCount);
        await Cluster.PolicyAsync(Shop, "replace: {approval: [DaemonSet]}");
        await StartOperatorAsync(new() { AllowUncheckedApprovals = true });
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var waiting = await Cluster.RecoveryAsync(target, r => r.Status?.Phase == "AwaitingApproval", "waits for an approval");
        (await PodAsync(target))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel).And.ContainKey("app");
        await Cluster.DecideAsync(waiting);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Progress!.Path.Should().Be(strategy == "OnDelete" ? "InPlace" : "Rollout");
        var pods = await Cluster.PodsAsync(Shop);
        pods.Should().HaveCount(NodeCount).And.OnlyContain(p => TestCluster.Runs(p, Released));
        pods.Select(p => p.Spec.NodeName).Should().OnlyHaveUniqueItems();
        await NothingWasDetachedAsync();
    }

    [Fact]
    public async Task A_DaemonSet_makes_its_next_pod_on_the_cordoned_node()
    {
        await Cluster.DeployNumberedAsync("DaemonSet", Shop, "cart", $"cart:1.4@{Released}", pods: NodeCount);
        await Cluster.ClusterPolicyAsync("contain: {node: Cordon}");
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Replacements.Should().ContainSingle().Which.Node.Should().Be(target.Spec.NodeName);
    }

    /// <summary>The tag is repointed before the first pod is made.</summary>
    private async Task PoisonedAsync(string kind, string spec, int pods = 3)
    {
        bad = Cluster.Poison("cart", "1.4");
        await Cluster.DeployNumberedAsync(kind, Shop, "cart", "cart:1.4", spec, pods);
    }

    private async Task TrustedAsync(params string[] names)
    {
        var pods = await Cluster.PodsAsync(Shop);
        pods.Select(p => p.Name()).Should().Equal(names);
        pods.Should().OnlyContain(p => TestCluster.Runs(p, Released) && TestCluster.IsReady(p));
        (await Cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).SelectMany(p => p.Items("spec", "containers")).Select(c => c.Text("image"))
            .Should().OnlyContain(image => image!.EndsWith(Released), "no pod was made from {0}", bad);
    }

    private async Task NothingWasDetachedAsync() =>
        (await Cluster.OperatorWritesAsync()).Where(r => r is { Verb: "patch", Resource: "pods" }).Should().OnlyContain(r => (string?)r.ResponseObject!["metadata"]!["labels"]!["app"] == "cart");
}
