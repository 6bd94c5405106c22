using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning;

/// <summary>Recoveries that somebody or something stops, refuses or fights. Each file in Transcripts is meant to be read.</summary>
public sealed class InterruptedTranscriptTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public void A_protected_namespace_is_left_alone() => Transcript.Check("protected-namespace", new World
    {
        Title = "The namespace is protected: nothing is touched",
        ProtectedBecause = "namespace kube-system is protected by the operator's configuration",
    }.Running());

    [Fact]
    public void Observe_touches_nothing() => Transcript.Check("observe", new World
    {
        Title = "Mode Observe: the plan is recorded, nothing is touched",
        Settings = new() { Mode = RecoveryMode.Observe },
    }.Running());

    [Fact]
    public void A_denial_ends_it() => Transcript.Check("contain-denied", new World
    {
        Title = "Mode Contain, and the replacement is denied",
        Settings = new() { Mode = RecoveryMode.Contain },
    }.Running().After(Soon, "bob denies it", w => w.Approval = new(false, null, "bob")));

    [Fact]
    public void An_approval_of_another_plan_counts_for_nothing() => Transcript.Check("plan-changed", new World
    {
        Title = "What was approved is no longer the plan: it does not run",
        Settings = new() { Mode = RecoveryMode.Contain },
    }.Running()
        .After(Soon, "another digest takes the tag", w => w.Trust = Images.Trusting((Images.Better, ["v1"])))
        .After(Soon + Soon, "alice approves the old plan", w => w.Approval = new(true, "d1d2d3d4d5d6d7d8", "alice"))
        .After(Soon * 9, "somebody cancels it", w => w.Cancelled = true));

    [Fact]
    public void A_breaker_opens_and_closes() => Transcript.Check("breaker", new World
    {
        Title = "Twenty replacements within the hour: the breaker is open until the hour has room, while the pod stays contained",
        Template = Images.Pinned,
        Usage = new() { RemovalsInHour = [.. Enumerable.Range(0, 20).Select(i => World.Start - TimeSpan.FromMinutes(40 - i))] },
    }.Running());

    [Fact]
    public void The_containment_limit_holds_back_the_next() => Transcript.Check("containment-limit", new World
    {
        Title = "Fifty pods of the namespace were contained within ten minutes: the next waits for the window",
        Template = Images.Pinned,
        Usage = new() { ContainedInNamespace = [.. Enumerable.Range(0, 50).Select(i => World.Start - TimeSpan.FromSeconds(500 - i))] },
    }.Running());

    [Theory]
    [InlineData("owner-deleted")]
    [InlineData("scaled-to-zero")]
    public void An_owner_that_wants_no_pods_ends_it(string name) => Transcript.Check(name, new World
    {
        Title = "While the limits are used up, nobody wants the pods any more",
        Template = Images.Pinned,
        Usage = new() { InFlightOfPolicy = 3 },
    }.Running().After(Soon, name, w => (w.WorkloadGone, w.Replicas) = (name == "owner-deleted", name == "owner-deleted" ? w.Replicas : 0)));

    [Theory]
    [InlineData(OwnerKind.None, "bare-pod", "")]
    [InlineData(OwnerKind.Node, "static-pod", "node-1")]
    [InlineData(OwnerKind.Other, "unsupported-owner", "Rollout web")]
    public void What_cannot_be_replaced_is_left_to_a_person(OwnerKind owner, string name, string ownerName) => Transcript.Check(name, new World
    {
        Title = $"The pod's owner: {owner}",
        Owner = owner,
        OwnerName = ownerName,
        Unknown = owner == OwnerKind.Other ? "the operator is not granted the verb get on rollouts.example.com" : null,
    }.Running().After(Soon, "a person deletes it", w => w.DeleteTarget()));

    [Fact]
    public void A_finding_on_a_replacement_ends_it_as_recompromised() => Transcript.Check("recompromised", new World
    {
        Title = "The same rule fires on the replacement while it soaks",
        Template = Images.Pinned,
    }.Running().After(Soon, "a finding on the replacement is matched", w => w.FindingsOnReplacements = [World.Rule]));

    [Theory]
    [InlineData("escalated-count", 3, null)]
    [InlineData("escalated-rule", 1, World.Rule)]
    public void Replacing_that_does_not_help_is_escalated(string name, int times, string? rule) => Transcript.Check(name, new World
    {
        Title = "Earlier episodes did not help: contained, and a person decides, without a loop and without an outage",
        Template = Images.Pinned,
        History = new() { Recompromised = times, RuleFiredAgain = rule },
    }.Running().After(TimeSpan.FromHours(1), "a person cancels it", w => w.Cancelled = true));

    [Fact]
    public void A_finalizer_holds_the_pod() => Transcript.Check("finalizer-holds", new World
    {
        Title = "A finalizer keeps the compromised pod: somebody is told which; when it clears it goes on",
        Template = Images.Pinned,
        Settings = new() { RespectDisruptionBudgets = false },
        Shape = p => p.Name == "web-1" ? p with { Finalizers = ["example.com/hold"], HostNetwork = true } : p,
    }.Running().After(TimeSpan.FromMinutes(5), "the finalizer clears", w => w.ClearFinalizers()));

    [Fact]
    public void Cancelled_between_pause_and_unpause_it_first_finishes_the_pin() => Transcript.Check("cancelled-while-paused", new World
    {
        Title = "Cancelled while the Deployment is paused by us and pinned, its ReplicaSet not yet: left alone it would roll out, so the pin is finished first",
    }.Running().CancelledAfter<Step.PinDeployment>());

    [Fact]
    public void Cancelled_while_no_digest_is_left_it_unpauses() => Transcript.Check("cancelled-while-paused-and-revoked", new World
    {
        Title = "Cancelled while paused by us, and the digest was revoked meanwhile: nothing can be pinned, so the pause at least is undone",
    }.Running().CancelledAfter<Step.PinDeployment>(w => w.Trust = Images.GoodIsListed.Revoking(Images.Good)));

    [Fact]
    public void An_image_that_is_put_back_is_not_fought_over_for_ever() => Transcript.Check("gitops-revert", new World
    {
        Title = "A GitOps tool puts the tag back whenever it is pinned: pinned three times, then a person is told; trusted at its source, it goes on",
        ManagedBy = "Argo CD application web",
    }.Running().RevertedAfter<Step.PinDeployment>(Images.Tagged).After(Soon, "the digest is committed", w => w.Template = Images.Pinned));

    [Fact]
    public void An_image_that_is_put_back_once_is_pinned_once_more() => Transcript.Check("reverted-once", new World
    {
        Title = "Somebody applies an old manifest right after the pin, and a rollout to the tag begins: pinned once more",
    }.Running().After(TimeSpan.FromSeconds(2), "somebody applies the tag", w => w.Template = Images.Tagged));

    [Fact]
    public void A_fix_that_is_rolling_out_is_let_roll_out() => Transcript.Check("fix-rolling-out", new World
    {
        Title = "Its user already rolls out a trusted digest, nobody lists the old tag: the rollout is waited for, nothing is pinned",
        Trust = Images.Trusting((Images.Good, [])),
    }.RollingOutTo(Images.Pinned, target: 0));

    [Fact]
    public void Pods_that_stay_broken_keep_the_target_until_a_person_looks() => Transcript.Check("others-unavailable", new World
    {
        Title = "Other pods of the workload are not Ready: taking out one more is too many, and after a while a person is told",
        Template = Images.Pinned,
        Shape = p => p.Name is "web-2" ? p with { Problem = ("CrashLoopBackOff", "web-2: it crashes") } : p,
    }.Running().Broken("web-2").After(TimeSpan.FromHours(1), "web-2 recovers", w => w.Recover("web-2")));

    [Fact]
    public void A_critical_pod_is_not_even_isolated_without_a_person() => Transcript.Check("critical-pod", new World
    {
        Title = "The cluster depends on the pod: it is not even isolated before somebody approves",
        Template = Images.Pinned,
        Shape = p => p with { Critical = true },
    }.Running().After(Soon, "alice approves the plan", TranscriptTests.Approve));

    [Fact]
    public void Nobody_approves() => Transcript.Check("nobody-approves", new World
    {
        Title = "Nobody approves within a day: blocked, and a late approval still counts",
        Settings = new() { Mode = RecoveryMode.Contain },
        Template = Images.Pinned,
    }.Running().After(TimeSpan.FromDays(2), "alice approves the plan", TranscriptTests.Approve));
}
