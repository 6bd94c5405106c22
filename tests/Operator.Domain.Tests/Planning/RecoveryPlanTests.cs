using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning;

public sealed class RecoveryPlanTests
{
    [Fact]
    public void It_says_in_words_what_would_be_done() => RecoveryPlan.For(Seen.Fresh()).Steps.Select(Images.Named).Should().Equal(
        "isolate pod web-1: quarantine label and NetworkPolicy",
        "capture its logs, manifest and events",
        "pin container app to shop/web:v1@sha256:good (web)",
        "pin Deployment web in place, without a rollout",
        "delete the pod by UID, with 1 s of grace",
        "replace siblings that run an untrusted image, one by one",
        "verify that every pod is Ready and trusted, and soak for 00:02:00");

    [Fact]
    public void It_says_what_its_settings_change()
    {
        var steps = RecoveryPlan.For((Seen.Fresh() with { Workload = Seen.Deployment(Images.Pinned) }).With(s => s with { DenyNetwork = false, CordonNode = true, RetainOriginalFor = TimeSpan.FromDays(1) })).Steps;
        steps.Should().ContainInOrder(
            "label pod web-1 as quarantined",
            "cordon its node until the recovery ends",
            "Deployment web already names trusted digests: change no template",
            "keep the isolated original for 1.00:00:00");
        var exclusive = Seen.Fresh().WithTarget(p => p with { HoldsExclusively = true }).With(s => s with { RetainOriginalFor = TimeSpan.FromDays(1) });
        RecoveryPlan.For(exclusive).Steps.Should().Contain("delete the pod by UID, with 1 s of grace", "it cannot be kept");
    }

    [Fact]
    public void What_cannot_be_replaced_promises_no_replacement() =>
        RecoveryPlan.For(Seen.Fresh() with { Workload = null, Episode = Seen.Fresh().Episode with { Owner = OwnerKind.None } }).Steps.Should().HaveCount(2);

    [Fact]
    public void The_hash_stays_while_the_recovery_goes_its_way()
    {
        var hash = RecoveryPlan.For(Seen.Fresh()).Hash;
        hash.Should().MatchRegex("^[0-9a-f]{16}$");
        RecoveryPlan.For(Seen.Captured()).Hash.Should().Be(hash);
        RecoveryPlan.For(Seen.Started()).Hash.Should().Be(hash);
        RecoveryPlan.For(Seen.Pinned()).Hash.Should().Be(hash);
        RecoveryPlan.For(Seen.Soaking()).Hash.Should().Be(hash);
        RecoveryPlan.For(Seen.Captured() with { Now = Seen.Now.AddDays(1), Usage = new() { InFlightOfPolicy = 3 } }).Hash.Should().Be(hash);
    }

    [Fact]
    public void The_hash_changes_with_target_policy_path_and_images()
    {
        var seen = Seen.Fresh();
        new[]
        {
            RecoveryPlan.For(seen).Hash,
            RecoveryPlan.For(seen with { Episode = seen.Episode with { TargetUid = "another" } }).Hash,
            RecoveryPlan.For(seen with { Episode = seen.Episode with { Policy = "RecoveryPolicy other" } }).Hash,
            RecoveryPlan.For(seen with { Workload = Seen.Deployment(Images.Pinned) }).Hash,
            RecoveryPlan.For(seen with { Trust = Images.Trusting((Images.Better, ["v1"])) }).Hash,
            RecoveryPlan.For(seen.With(s => s with { GracePeriodSeconds = 9 })).Hash,
        }.Should().OnlyHaveUniqueItems();
    }
}
