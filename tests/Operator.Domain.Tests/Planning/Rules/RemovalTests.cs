using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class RemovalTests
{
    [Fact]
    public void The_pod_that_was_seen_is_deleted_in_the_version_that_was_seen() =>
        Seen.Pinned().With(s => s with { GracePeriodSeconds = 3 }).Says().Should().Be("delete web-1 (uid-web-1 in version 7, 3 s of grace)");

    [Fact]
    public void An_original_is_kept_only_where_it_holds_nothing_its_replacement_needs()
    {
        var retain = Seen.Pinned().With(s => s with { RetainOriginalFor = TimeSpan.FromHours(1) });
        retain.Says().Should().Be("detach web-1 and keep it");
        retain.WithTarget(p => p with { HostNetwork = true }).Says().Should().StartWith("delete web-1");
        retain.WithTarget(p => p with { HoldsExclusively = true }).Says().Should().StartWith("delete web-1");
        retain.WithTarget(p => p with { DetachedAt = Seen.Now, RetainUntil = Seen.Now.AddHours(1) }).Says().Should().NotContain("web-1");
        Seen.Pinned().WithTarget(p => p with { DetachedAt = Seen.Now }).Says().Should().StartWith("delete web-1", "nobody asked to keep it");
    }

    [Fact]
    public void A_pod_that_does_not_go_is_told_of_with_what_holds_it()
    {
        var stopping = Seen.Pinned().WithTarget(p => p with { TerminatingSince = Seen.Now, Ready = false });
        stopping.Says().Should().Be("wait until 0.00:01:00: web-1 is stopping (Terminating)");
        var late = stopping with { Now = Seen.Now.AddMinutes(1) };
        late.Says().Should().StartWith("BLOCKED (FinalizerHolds)").And.Contain("the kubelet of node-1, which has not confirmed");
        late.WithTarget(p => p with { Node = null }).Says().Should().Contain("the kubelet of its node");
        late.WithTarget(p => p with { Finalizers = ["example.com/a", "example.com/b"] }).Says().Should().Contain("its finalizers example.com/a, example.com/b");
    }

    [Fact]
    public void Untrusted_siblings_go_one_at_a_time_what_serves_nobody_anyway_first()
    {
        var siblings = Seen.Replaced() with { Pods = [Seen.Pod("web-4", Images.Good), Seen.Pod("web-2", Images.Bad), Seen.Pod("web-3", Images.Bad)] };
        siblings.Says().Should().Be("record the removal of web-2");
        (siblings with { Pods = [siblings.Pods[0], siblings.Pods[1], siblings.Pods[2] with { Ready = false }] }).Says().Should().Be("record the removal of web-3");
        (siblings with { Pods = [siblings.Pods[0], siblings.Pods[1], siblings.Pods[2] with { Quarantined = true }] }).Says().Should().Be("record the removal of web-3");
        (siblings with { Pods = [siblings.Pods[0], siblings.Pods[1] with { Ready = false }, siblings.Pods[2] with { Quarantined = true }] }).Says().Should().Be("record the removal of web-2", "no limit holds it back");
    }

    [Fact]
    public void A_sibling_is_recorded_then_contained_then_deleted()
    {
        var siblings = Seen.Replaced() with { Pods = [Seen.Pod("web-4", Images.Good), Seen.Pod("web-3", Images.Good), Seen.Pod("web-2", Images.Bad)] };
        var recorded = siblings with { Progress = siblings.Progress with { Removals = [.. siblings.Progress.Removals, new("uid-web-2", Seen.Now)] } };
        siblings.Says().Should().Be("record the removal of web-2");
        recorded.Says().Should().Be("contain the sibling web-2");
        (recorded with { Pods = [.. recorded.Pods.Select(p => p.Name == "web-2" ? p with { Quarantined = true } : p)] }).Says().Should().StartWith("delete web-2 (uid-web-2 in version 7");
    }

    [Fact]
    public void The_next_sibling_waits_until_the_last_replacement_is_Ready()
    {
        var waiting = Seen.Replaced() with { Pods = [Seen.Pod("web-4", Images.Good) with { Ready = false }, Seen.Pod("web-3", Images.Bad), Seen.Pod("web-2", Images.Bad)] };
        waiting.Says().Should().Contain("0 of 3 pods are Ready and trusted (WaitingForReplacement)");
        (waiting with { Pods = [.. waiting.Pods.Skip(1)] }).Says().Should().Contain("WaitingForReplacement", "one is still to be made");
    }

    [Fact]
    public void Siblings_have_the_limits_of_any_removal()
    {
        var siblings = Seen.Replaced() with { Pods = [Seen.Pod("web-4", Images.Good), Seen.Pod("web-3", Images.Good), Seen.Pod("web-2", Images.Bad)] };
        (siblings with { Usage = new() { BreakerOpenUntil = Seen.Now.AddMinutes(1) } }).Says().Should().Contain("BreakerOpen");
        var budget = siblings with { Surroundings = new() { BlockingDisruptionBudget = "web" } };
        budget.Says().Should().Contain("PodDisruptionBudget web allows no disruption");
        (budget with { Progress = budget.Progress with { BudgetBlockedSince = Seen.Now.AddMinutes(-5) } }).Says().Should().Be("record the removal of web-2; PodDisruptionBudget web allowed no disruption of web-2 and was overridden");
    }
}
