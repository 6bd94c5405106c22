using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class PinningTests
{
    private static readonly ReplicaSet Old = new() { Name = "rs-0", Uid = "uid-rs-0", Template = Images.Tagged };

    [Fact]
    public void A_template_without_a_trusted_digest_blocks_until_one_is_listed() =>
        (Seen.Captured() with { Trust = Images.NothingIsListed }).Says().Should().StartWith("BLOCKED (NoTrustedDigest)").And.EndWith("woken by a TrustedImage");

    [Fact]
    public void Where_pinning_is_not_allowed_the_template_must_be_trusted_already()
    {
        Seen.Captured().With(s => s with { MayPin = false }).Says().Should().StartWith("BLOCKED (PinningNotAllowed)").And.EndWith("woken by the workload's template");
        (Seen.Captured() with { Workload = Seen.Deployment(Images.Pinned) }).With(s => s with { MayPin = false }).Says().Should().StartWith("record the start: AlreadyTrusted");
    }

    [Fact]
    public void Init_and_sidecar_containers_of_the_template_are_pinned_and_trusted_ones_are_not()
    {
        IReadOnlyList<TemplateContainer> template = [new("init", "shop/web:v2"), .. Images.Pinned, new("sidecar", $"shop/web:v1@{Images.Bad}")];
        (Seen.Started() with { Workload = Seen.Deployment(template) }).Says()
            .Should().Be("pin web, Pause: init to shop/web:v2@sha256:good (web), sidecar to shop/web:v1@sha256:good (web)");
    }

    [Fact]
    public void In_place_goes_from_the_Deployment_to_its_ReplicaSet_to_the_pod_and_back()
    {
        var first = Seen.Started();
        first.Says().Should().StartWith("pin web, Pause");
        var paused = first.Workload! with { Paused = true, PausedBy = World.Name, Template = Images.Pinned };
        (first with { Workload = paused }).Says().Should().StartWith("pin rs-1");
        (first with { Workload = paused with { ReplicaSets = Seen.Deployment(Images.Pinned).ReplicaSets } }).Says().Should().StartWith("delete web-1");
        (Seen.Replaced() with { Workload = paused with { ReplicaSets = Seen.Deployment(Images.Pinned).ReplicaSets } }).Says().Should().Be("unpause web");
    }

    [Fact]
    public void A_pause_that_was_lost_is_made_again_before_the_ReplicaSet_is_pinned() =>
        (Seen.Started() with { Workload = Seen.Deployment(Images.Tagged) with { Template = Images.Pinned } }).Says().Should().Be("pin web, Pause: no image changes");

    [Fact]
    public void The_ReplicaSet_is_pinned_once_the_Deployments_controller_has_seen_the_pause()
    {
        var paused = Seen.Started() with { Workload = Seen.Deployment(Images.Tagged) with { Template = Images.Pinned, Paused = true, Settled = false } };
        paused.Says().Should().Contain("WaitingForController");
        (paused with { Now = Seen.Now.AddMinutes(10) }).Says().Should().StartWith("BLOCKED (RolloutStalled)");
        (paused with { Workload = paused.Workload! with { Settled = true } }).Says().Should().StartWith("pin rs-1");
    }

    [Fact]
    public void The_pod_goes_once_the_ReplicaSets_controller_has_seen_the_pin()
    {
        var pinned = Seen.Deployment(Images.Pinned);
        var unseen = Seen.Started() with { Workload = pinned with { ReplicaSets = [.. pinned.ReplicaSets.Select(r => r with { Settled = false })] } };
        unseen.Says().Should().Contain("WaitingForController");
        (unseen with { Workload = pinned }).Says().Should().StartWith("delete web-1");
    }

    [Fact]
    public void A_Deployment_that_its_user_paused_is_pinned_as_it_is() =>
        (Seen.Started() with { Workload = Seen.Deployment(Images.Tagged) with { Paused = true } }).Says().Should().StartWith("pin web, LeaveAsIs");

    [Fact]
    public void A_bare_ReplicaSet_is_pinned_itself()
    {
        var set = Seen.Started() with { Workload = Seen.Deployment(Images.Tagged) with { Kind = OwnerKind.ReplicaSet, Name = "rs-1", Uid = "uid-rs-1" } };
        set.Says().Should().Be("pin rs-1: app to shop/web:v1@sha256:good (web)");
        (set with { Workload = set.Workload! with { ReplicaSets = [] } }).Says().Should().Be("pin rs-1: app to shop/web:v1@sha256:good (web)");
    }

    [Fact]
    public void The_path_is_chosen_once_and_does_not_change_when_a_pin_lets_the_controller_catch_up()
    {
        var rolling = Seen.Deployment(Images.Tagged) with { ReplicaSets = [Old, .. Seen.Deployment(Images.Tagged).ReplicaSets] };
        (Seen.Captured() with { Workload = rolling }).Says().Should().StartWith("record the start: Rollout");
        (Seen.Captured() with { Workload = rolling with { Paused = true } }).Says().Should().StartWith("record the start: InPlace", "its user had paused it");
        (Seen.Captured() with { Workload = Seen.Deployment(Images.Tagged) }).Says().Should().StartWith("record the start: InPlace");
        (Seen.Captured() with { Workload = Seen.Deployment(Images.Pinned) }).Says().Should().StartWith("record the start: AlreadyTrusted");
        (Seen.Started() with { Workload = rolling with { Settled = false } }).Says().Should().StartWith("pin web, Pause", "it stays in place");
        (Seen.Started(PinPath.Rollout) with { Workload = Seen.Deployment(Images.Tagged), Pods = [] }).Says().Should().StartWith("pin web, LeaveAsIs", "it stays a rollout");
    }

    [Fact]
    public void A_rollout_marks_the_victims_and_the_target_before_it_pins()
    {
        var pods = new[] { Seen.Pod("web-2", Images.Good), Seen.Captured().Target! with { Containers = Seen.Pod("x", Images.Good).Containers }, Seen.Pod("web-3", Images.Bad) };
        var rolling = Seen.Started(PinPath.Rollout) with { Pods = pods };
        rolling.Says().Should().Be("make web-1 the first to go");
        (rolling with { Pods = [pods[0], pods[1] with { FirstInRollout = true }, pods[2]] }).Says().Should().Be("make web-3 the first to go");
        (rolling with { Pods = [.. pods.Select(p => p with { FirstInRollout = true })] }).Says().Should().StartWith("pin web, LeaveAsIs");
    }

    [Fact]
    public void A_rollout_is_waited_for_and_nothing_is_deleted_while_an_old_ReplicaSet_wants_pods()
    {
        var rolling = Seen.Started(PinPath.Rollout) with { Pods = [], Workload = Seen.Deployment(Images.Pinned) with { ReplicaSets = [Old, .. Seen.Deployment(Images.Pinned).ReplicaSets] } };
        rolling.Says().Should().StartWith("wait until 0.00:00:30").And.Contain("RollingOut");
        (rolling with { Now = Seen.Now.AddMinutes(10) }).Says().Should().StartWith("BLOCKED (RolloutStalled)");
        (rolling with { Now = Seen.Now.AddMinutes(10), Workload = rolling.Workload! with { Problem = ("ProgressDeadlineExceeded", "it does not progress") } }).Says().Should().StartWith("BLOCKED (RolloutStalled): it does not progress");
        (rolling with { Workload = Seen.Deployment(Images.Pinned) with { Settled = false } }).Says().Should().Contain("RollingOut", "its controller has not seen the pin");
        (rolling with { Workload = Seen.Deployment(Images.Pinned) }).Says().Should().StartWith("delete web-1");
    }

    [Fact]
    public void A_rollout_of_an_untrusted_image_is_held_while_evidence_is_gathered_if_it_may_be_replaced_at_all()
    {
        var rolling = Seen.Captured() with { EvidenceCaptured = false, Workload = Seen.Deployment(Images.Tagged) with { ReplicaSets = [Old, .. Seen.Deployment(Images.Tagged).ReplicaSets] } };
        rolling.Says().Should().StartWith("record the start: Rollout");
        (rolling with { Progress = Seen.Started(PinPath.Rollout).Progress }).Says().Should().Be("pause web as it is");
        rolling.With(s => s with { Mode = RecoveryMode.Contain }).Says().Should().StartWith("capture the evidence", "nobody has approved");
        (rolling with { Trust = Images.NothingIsListed }).Says().Should().StartWith("capture the evidence", "nothing would end the pause");
        (rolling with { Usage = new() { InFlightOfPolicy = 3 } }).Says().Should().StartWith("capture the evidence");
    }

    [Theory]
    [InlineData(2, World.Name, "pin web, Pause")]
    [InlineData(3, "shop/another", "pin web, Pause")]
    [InlineData(3, World.Name, "BLOCKED (GitOpsConflict)")]
    public void An_image_that_is_put_back_is_pinned_so_often_and_no_more(int pins, string by, string says) =>
        (Seen.Started() with { Workload = Seen.Deployment(Images.Tagged) with { Pins = pins, PinnedBy = by } }).Says().Should().StartWith(says);

    [Theory]
    [InlineData(Images.Bad, "record the start: InPlace, app to shop/web:v1@sha256:bad (not revoked)")]
    [InlineData(Images.Good, "BLOCKED (NoTrustedDigest)")]
    public void Once_the_target_is_gone_its_siblings_tell_what_ran_if_they_agree(string other, string says) =>
        (Seen.Captured() with
        {
            Target = null,
            Trust = Images.NothingIsListed with { Require = TrustRequirement.NotRevoked },
            Pods = [Seen.Pod("web-2", Images.Bad), Seen.Pod("web-3", other)],
        }).Says().Should().StartWith(says);
}
