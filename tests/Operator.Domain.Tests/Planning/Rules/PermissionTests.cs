using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class PermissionTests
{
    private static readonly Observation Contain = Seen.Captured().With(s => s with { Mode = RecoveryMode.Contain });

    [Fact]
    public void Contain_the_last_Ready_pod_and_critical_pods_wait_for_a_person()
    {
        Contain.Says().Should().Contain("the policy's mode is Contain");
        LastReady().Says().Should().Contain("it is the last Ready pod of its workload");
        Seen.Captured().WithTarget(p => p with { Critical = true }).Says().Should().Contain("system-critical priority class");
    }

    [Fact]
    public void The_last_pod_goes_where_the_policy_says_so_or_it_is_not_Ready_anyway()
    {
        LastReady().With(s => s with { ApproveLastReadyPod = false, MaxUnavailable = (3, false) }).Says().Should().StartWith("record the start");
        LastReady().WithTarget(p => p with { Ready = false }).Says().Should().StartWith("record the start");
    }

    [Fact]
    public void An_approval_of_this_plan_lets_it_go_on() => Approved(Contain, RecoveryPlan.For(Contain).Hash).Says().Should().StartWith("record the start");

    [Theory]
    [InlineData(null)]
    [InlineData("d1d2d3d4d5d6d7d8")]
    public void An_approval_of_another_plan_does_not(string? hash) => Approved(Contain, hash).Says().Should().StartWith("BLOCKED (PlanChanged)");

    [Fact]
    public void An_approval_that_nothing_checked_does_not_count_unless_allowed()
    {
        var nobody = Approved(Contain, RecoveryPlan.For(Contain).Hash, allowed: false);
        nobody.Says().Should().StartWith("BLOCKED (ApprovalRefused): the approval does not count: nothing checks who approves");
        (nobody with { Episode = nobody.Episode with { WhyUnchecked = "the policy is not there" } }).Says().Should().Contain("who approves: the policy is not there");
    }

    [Fact]
    public void An_approval_counts_if_what_checks_it_was_there_before_it()
    {
        var approved = Checked(Approved(Contain, RecoveryPlan.For(Contain).Hash, allowed: false), now: "policy (uid-1)");
        (approved with { Progress = new() { ApprovalChecker = "policy (uid-1)" } }).Says().Should().StartWith("record the start");
        approved.Says().Should().Contain("it was given before, or while, nothing checked who approves");
        (approved with { Progress = new() { ApprovalChecker = "policy (uid-0)" } }).Says().Should().StartWith("BLOCKED (ApprovalRefused)", "the policy was made anew meanwhile");
        Checked(approved with { Progress = new() { ApprovalChecker = "policy (uid-1)" } }, now: null).Says().Should().StartWith("BLOCKED (ApprovalRefused)", "it is gone");
    }

    [Fact]
    public void The_maker_of_a_finding_must_be_known_to_be_somebody_else()
    {
        var approved = Checked(Approved(Contain, RecoveryPlan.For(Contain).Hash, allowed: false), now: "policy (uid-1)") with { Progress = new() { ApprovalChecker = "policy (uid-1)" } };
        (approved with { Episode = approved.Episode with { DoubtfulFinding = "finding shop/by-hand was made by alice" } }).Says().Should().StartWith("BLOCKED (ApprovalRefused)").And.Contain("shop/by-hand was made by alice");
    }

    [Fact]
    public void It_says_beforehand_whether_an_approval_would_count()
    {
        Contain.Says().Should().Contain("and an approval would not count: nothing checks who approves");
        Checked(Contain, now: "policy (uid-1)").Says().Should().Contain($"approve plan {RecoveryPlan.For(Contain).Hash} in spec.approval, or deny it");
    }

    [Fact]
    public void A_denial_needs_no_checker() =>
        (Contain with { Episode = Contain.Episode with { Approval = new(false, null, "alice") } }).Says().Should().StartWith("END Denied");

    [Fact]
    public void Waiting_for_a_person_ends_after_a_day()
    {
        var waited = Contain with { Progress = new() { ApprovalAwaitedSince = Seen.Now.AddHours(-23) } };
        waited.Says().Should().StartWith("wait until 0.01:00:00");
        (waited with { Now = Seen.Now.AddHours(1) }).Says().Should().StartWith("BLOCKED (ApprovalOverdue)");
    }

    [Fact]
    public void What_has_begun_is_not_asked_again()
    {
        var approved = Seen.Pinned().With(s => s with { Mode = RecoveryMode.Contain });
        (approved with { Episode = approved.Episode with { Approval = new(true, "plan", "alice") } }).Says().Should().StartWith("delete web-1");
        (Seen.Pinned() with { Usage = new() { BreakerOpenUntil = Seen.Now.AddHours(1), InFlightOfPolicy = 9 } }).Says().Should().StartWith("delete web-1");
    }

    [Fact]
    public void A_start_in_the_record_that_nobody_approved_is_no_approval() =>
        Seen.Pinned().With(s => s with { Mode = RecoveryMode.Contain }).Says().Should().StartWith("BLOCKED (ApprovalRefused)");

    public static TheoryData<string, Usage> Limited => new()
    {
        { "wait until 0.00:07:00: the breaker of RecoveryPolicy shells is open (BreakerOpen)", new() { BreakerOpenUntil = Seen.Now.AddMinutes(7) } },
        { "wait until 0.00:10:00: 20 replacements of RecoveryPolicy shells started in this namespace within the hour (BreakerOpen)", new() { RemovalsInHour = [.. Enumerable.Repeat(Seen.Now.AddMinutes(-55), 20)] } },
        { "wait until 0.00:00:30: shop/other replaces a pod of the same workload (WorkloadBusy)", new() { OtherOnWorkload = "shop/other" } },
        { "wait until 0.00:00:30: 3 replacements of RecoveryPolicy shells are in flight (ReplacementLimit)", new() { InFlightOfPolicy = 3 } },
        { "wait until 0.00:00:30: 9 replacements are in flight in the cluster (ReplacementLimit)", new() { InFlightInCluster = 9, MaxInFlightInCluster = 9 } },
    };

    [Theory]
    [MemberData(nameof(Limited))]
    public void Every_limit_waits_with_its_reason(string says, Usage usage) => (Seen.Captured() with { Usage = usage }).Says().Should().Be(says);

    [Fact]
    public void A_breaker_whose_time_is_over_is_closed() =>
        (Seen.Captured() with { Usage = new() { BreakerOpenUntil = Seen.Now } }).Says().Should().StartWith("record the start");

    [Fact]
    public void More_unavailable_pods_than_allowed_wait_and_then_tell_a_person()
    {
        var broken = Seen.Captured() with { Pods = [Seen.Captured().Pods[0], Seen.Captured().Pods[1], Seen.Captured().Pods[2] with { Ready = false }] };
        broken.Says().Should().Contain("2 of 3 pods would be unavailable, 1 may be (ReplacementLimit)");
        (broken with { Now = Seen.Now.AddMinutes(10) }).Says().Should().StartWith("BLOCKED (ReplacementLimit)");
        broken.WithTarget(p => p with { Ready = false }).Says().Should().StartWith("record the start", "a pod that is not Ready makes nothing worse");
        broken.With(s => s with { MaxUnavailable = (2, false) }).Says().Should().StartWith("record the start");
    }

    [Fact]
    public void A_budget_is_respected_until_its_time_is_over_and_the_override_is_noted()
    {
        var budget = Seen.Captured() with { Surroundings = new() { QuarantinePolicyPresent = true, BlockingDisruptionBudget = "web" } };
        budget.Says().Should().StartWith("wait until 0.00:05:00: PodDisruptionBudget web allows no disruption");
        (budget with { Progress = new() { BudgetBlockedSince = Seen.Now.AddMinutes(-5) } }).Says().Should().EndWith("PodDisruptionBudget web allowed no disruption of web-1 and was overridden");
        budget.With(s => s with { RespectDisruptionBudgets = false }).Says().Should().EndWith("and was overridden");
        budget.WithTarget(p => p with { Ready = false }).Says().Should().StartWith("record the start").And.NotContain("overridden", "budgets do not count pods that are not Ready");
    }

    [Fact]
    public void A_revocation_records_other_images_and_an_unlisting_does_not()
    {
        var better = Seen.Started() with { Trust = Simulation.Images.Trusting((Simulation.Images.Better, ["v1"])) };
        (better with { Trust = better.Trust.Keeping([Operator.Domain.Trust.ImageReference.Parse(Simulation.Images.Pinned[0].Image)]) }).Says().Should().StartWith("pin web, Pause: app to shop/web:v1@sha256:good");
        better.Says().Should().Be("record other images: app to shop/web:v1@sha256:better (web)");
        (better with { Progress = better.Progress with { Images = [new("app", $"shop/web:v1@{Simulation.Images.Better}", "web")] } }).Says().Should().StartWith("pin web, Pause: app to shop/web:v1@sha256:better");
    }

    private static Observation LastReady() => Seen.Captured() with { Pods = [Seen.Captured().Pods[0], .. Seen.Captured().Pods.Skip(1).Select(p => p with { Ready = false })] };

    private static Observation Checked(Observation o, string? now) => o with { Episode = o.Episode with { ApprovalChecker = now } };

    private static Observation Approved(Observation o, string? hash, bool allowed = true) =>
        o with { Episode = o.Episode with { Approval = new(true, hash, "alice"), UncheckedApprovalsAllowed = allowed } };
}
