using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;
using Operator.Tests.Admission;

namespace Operator.Tests.Recoveries;

/// <summary>An approval counts where admission checks it, and has since before it was given.</summary>
public sealed class ApprovalTests : ShopTest
{
    /// <summary>Who the tests are, on a real API server.</summary>
    private const string Administrator = "administrator";
    private V1Pod pod = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        pod = (await DeployTrustedAsync())[0];
    }

    [Fact]
    public async Task Where_the_policy_is_in_force_an_approval_replaces_the_pod()
    {
        await ShippedAdmission.InstallAsync(Cluster);
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        var waiting = await WaitingAsync("approve plan");

        waiting.Status!.Progress!.ApprovalChecker.Should().StartWith("immutable-recovery-approval (");
        await ApproveAsync(waiting);

        await Cluster.EndedAsync(pod);
        (await PodAsync(pod)).Should().BeNull();
    }

    [Fact]
    public async Task Where_it_is_not_the_recovery_says_so_and_an_approval_is_refused()
    {
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        var waiting = await WaitingAsync("an approval would not count: nothing checks who approves: immutable-recovery-approval: it is not installed");

        await ApproveAsync(waiting);

        var blocked = await Cluster.BlockedAsync(pod, "ApprovalRefused");
        blocked.Status!.Message.Should().Contain("immutable-recovery-approval: it is not installed");
        (await PodAsync(pod))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel, "it stays contained");
    }

    [Fact]
    public async Task An_approval_that_was_given_before_the_policy_came_stays_refused()
    {
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        await ApproveAsync(await WaitingAsync("an approval would not count"));
        await Cluster.BlockedAsync(pod, "ApprovalRefused");

        await ShippedAdmission.InstallAsync(Cluster);
        await TouchAsync();

        await Cluster.RecoveryAsync(pod, r => r.Status is { Reason: "ApprovalRefused", Message: var m } && m!.Contains("it was given before, or while, nothing checked who approves"), "is still refused");
        (await PodAsync(pod)).Should().NotBeNull();
    }

    [Fact]
    public async Task A_policy_that_is_made_anew_while_the_approval_is_given_does_not_count_for_it()
    {
        await ShippedAdmission.InstallAsync(Cluster);
        var writing = true;
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        var waiting = await WaitingAsync("approve plan");
        // The operator does not hear of the approval before the policy is back.
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<DevCluster.Server.Fault?>(
            writing && TestCluster.IsOperator(request) && request.Resource is "recoveries" && request.Verb is "get" ? new DevCluster.Server.Fault.Drop() : null);
        await Cluster.Client.DeleteValidatingAdmissionPolicyBindingAsync("immutable-recovery-approval");
        await ApproveAsync(waiting);
        await ShippedAdmission.InstallAsync(Cluster);
        writing = false;
        await TouchAsync();

        (await Cluster.BlockedAsync(pod, "ApprovalRefused")).Status!.Message.Should().Contain("it was given before, or while, nothing checked who approves");
    }

    [Fact]
    public async Task A_finding_made_by_hand_that_does_not_say_by_whom_takes_no_approval()
    {
        await ShippedAdmission.InstallAsync(Cluster);
        await StartOperatorAsync();
        (await Cluster.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = Shop, Name = "by-hand" },
            Spec = new() { Rule = "suspicious", Severity = FindingSeverity.Critical, Target = new() { Pod = pod.Name(), PodUid = pod.Uid() } },
        })).Required();
        await ApproveAsync(await WaitingAsync("finding shop/by-hand was made by hand and does not say by whom"));

        await Cluster.BlockedAsync(pod, "ApprovalRefused");
        (await PodAsync(pod)).Should().NotBeNull();
    }

    private Task<Recovery> WaitingAsync(string message) => Cluster.RecoveryAsync(
        pod, r => r.Status is { Phase: "AwaitingApproval", Message: var m } && m!.Contains(message, StringComparison.Ordinal), $"says: {message}");

    private async Task ApproveAsync(Recovery recovery) =>
        (await Cluster.Recoveries.PatchAsync(ObjectKey.Of(recovery.Metadata), Patch.Merge(new()
        {
            ["spec"] = new JsonObject { ["approval"] = new JsonObject { ["decision"] = "Approved", ["planHash"] = recovery.Status!.Plan!.Hash, ["by"] = Administrator } },
        }))).Required();

    /// <summary>Whatever wakes its recovery: here a change of the pod.</summary>
    private Task TouchAsync() => Cluster.Client.PatchNamespacedPodAsync(
        new V1Patch("""{"metadata": {"annotations": {"touched": "yes"}}}""", V1Patch.PatchType.MergePatch), pod.Name(), Shop);
}
