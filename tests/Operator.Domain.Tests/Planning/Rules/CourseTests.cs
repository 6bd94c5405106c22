using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class CourseTests
{
    [Fact]
    public void A_protected_target_is_left_alone_even_when_it_is_cancelled() =>
        Cancelled(Seen.Captured() with { Surroundings = new() { ProtectedBecause = "it is the operator's own namespace" } }).Says()
            .Should().Be("END Skipped (Protected): it is the operator's own namespace");

    [Fact]
    public void Observing_ends_with_the_plan() => Seen.Fresh().With(s => s with { Mode = RecoveryMode.Observe }).Says().Should().StartWith("END Skipped (ObserveOnly)");

    [Fact]
    public void A_denial_names_who_denied()
    {
        (Seen.Captured() with { Episode = Seen.Captured().Episode with { Approval = new(false, null, "bob") } }).Says().Should().Be("END Denied (Denied): bob denied the replacement");
        (Seen.Captured() with { Episode = Seen.Captured().Episode with { Approval = new(false, null, null) } }).Says().Should().Contain("somebody denied");
    }

    [Fact]
    public void A_pause_of_our_own_is_undone_before_the_end() =>
        Cancelled(Seen.Pinned() with { Workload = Seen.Deployment(Images.Pinned) with { Paused = true, PausedBy = World.Name } }).Says().Should().Be("unpause web");

    [Theory]
    [InlineData(null)]
    [InlineData("shop/another")]
    public void A_pause_of_somebody_else_is_left(string? by) =>
        Cancelled(Seen.Pinned() with { Workload = Seen.Deployment(Images.Pinned) with { Paused = true, PausedBy = by } }).Says().Should().StartWith("END Cancelled");

    [Fact]
    public void A_rollout_that_was_held_is_pinned_before_the_end()
    {
        var held = Seen.Started(PinPath.Rollout) with { Workload = Seen.Deployment(Images.Tagged) with { Paused = true, PausedBy = World.Name } };
        Cancelled(held with { Pods = [] }).Says().Should().Be("pin web, Unpause: app to shop/web:v1@sha256:good (web)");
    }

    [Fact]
    public void A_target_that_is_gone_goes_on_while_its_workload_wants_pods() =>
        (Seen.Captured() with { Target = null, Pods = [] }).Says().Should().StartWith("record the start");

    [Theory]
    [InlineData(OwnerKind.Deployment, "END Succeeded (NoReplacementNeeded): Deployment web is gone, and so is the pod")]
    [InlineData(OwnerKind.ReplicaSet, "END Succeeded (NoReplacementNeeded): ReplicaSet web is gone, and so is the pod")]
    [InlineData(OwnerKind.None, "END Succeeded (NoReplacementNeeded): the pod is gone, and nothing makes another one")]
    [InlineData(OwnerKind.Other, "END Skipped (UnsupportedOwner): the pod is gone; what web makes in its place was not verified: not granted")]
    [InlineData(OwnerKind.Node, "END Skipped (StaticPod): the static pod is gone; its node, which makes the next one, was not replaced")]
    public void A_target_that_is_gone_without_a_known_workload_ends_it(OwnerKind owner, string says) =>
        (Owned(Seen.Captured(), owner) with { Target = null, Workload = null, Pods = [], WorkloadUnknown = owner == OwnerKind.Other ? "not granted" : null }).Says().Should().Be(says);

    [Fact]
    public void A_workload_that_is_going_or_scaled_to_zero_needs_no_replacement()
    {
        var gone = Seen.Captured() with { Target = null, Pods = [] };
        (gone with { Workload = gone.Workload! with { Deleting = true } }).Says().Should().Be("END Succeeded (NoReplacementNeeded): Deployment web is being deleted");
        (gone with { Workload = gone.Workload! with { Replicas = 0 } }).Says().Should().Be("END Succeeded (NoReplacementNeeded): Deployment web is scaled to zero");
    }

    [Theory]
    [InlineData(OwnerKind.None, "NoController")]
    [InlineData(OwnerKind.Other, "UnsupportedOwner")]
    [InlineData(OwnerKind.Node, "StaticPod")]
    [InlineData(OwnerKind.Deployment, "NoController")]
    public void An_owner_that_makes_no_next_pod_blocks_with_the_pod_contained(OwnerKind owner, string reason) =>
        (Owned(Seen.Captured(), owner) with { Workload = null, Pods = [], WorkloadUnknown = owner == OwnerKind.Other ? "not granted" : null }).Says().Should().StartWith($"BLOCKED ({reason})").And.EndWith("woken by its deletion");

    [Fact]
    public void What_did_not_help_is_not_repeated_but_what_has_begun_is_finished()
    {
        (Seen.Captured() with { History = new() { Recompromised = 2 } }).Says().Should().StartWith("record the start");
        (Seen.Captured() with { History = new() { Recompromised = 3 } }).Says().Should().StartWith("BLOCKED (Escalated)");
        (Seen.Captured() with { History = new() { RuleFiredAgain = World.Rule } }).Says().Should().StartWith("BLOCKED (Escalated)");
        (Seen.Pinned() with { History = new() { Recompromised = 3 } }).Says().Should().StartWith("delete web-1");
    }

    private static Observation Cancelled(Observation o) => o with { Episode = o.Episode with { Cancelled = true } };

    private static Observation Owned(Observation o, OwnerKind owner) => o with { Episode = o.Episode with { Owner = owner } };
}
