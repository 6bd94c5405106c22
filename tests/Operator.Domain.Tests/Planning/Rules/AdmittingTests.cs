using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class AdmittingTests
{
    private const string Ran = $"shop/web:v1@{Images.Bad}";
    private static readonly AdmissionOffer Offer = new() { PinsTags = true, RefusesRevoked = true, CanRevoke = true };
    private static readonly AdmissionTrial Shown = new() { Became = new Dictionary<string, string> { ["shop/web:v1"] = Images.Pinned[0].Image }, Refused = new HashSet<string> { Ran } };

    [Fact]
    public void It_is_chosen_where_tags_are_pinned_and_what_ran_can_be_refused()
    {
        Chosen(Offer, revoke: true).Should().StartWith($"record the start: ByAdmission, app to shop/web:v1@sha256:good (web); {Images.Named(Ran)} must not start again");
        Chosen(Offer with { RefusesUnlisted = true }).Should().StartWith("record the start: ByAdmission", "it is refused as unlisted");
        Chosen(Offer, change: o => o with { Trust = o.Trust.Revoking(Images.Bad) }).Should().StartWith("record the start: ByAdmission", "somebody has revoked it");
    }

    [Fact]
    public void Otherwise_the_template_is_pinned_as_before()
    {
        Chosen(AdmissionOffer.None, revoke: true).Should().StartWith("record the start: InPlace");
        Chosen(Offer with { PinsTags = false }, revoke: true).Should().StartWith("record the start: InPlace");
        Chosen(Offer with { RefusesRevoked = false }, revoke: true).Should().StartWith("record the start: InPlace");
        Chosen(Offer).Should().StartWith("record the start: InPlace", "the policy does not let it revoke");
        Chosen(Offer with { CanRevoke = false }, revoke: true).Should().StartWith("record the start: InPlace", "there is no list that it may add to");
        Chosen(Offer, revoke: true, change: o => o.With(s => s with { PinAtAdmission = false })).Should().StartWith("record the start: InPlace", "the policy wants the template pinned");
        Chosen(Offer, revoke: true, change: o => o with { Workload = Seen.Deployment([new("app", Ran)]) }).Should().StartWith("record the start: InPlace", "a digest that is written down is not changed at admission");
        Chosen(Offer, revoke: true, change: o => o.WithTarget(p => p with { Containers = [new("app", "shop/web:v1", Images.Bad)] })).Should().StartWith("record the start: InPlace", "a bare digest may be a configuration's");
        Chosen(Offer, revoke: true, change: o => o with { Workload = Seen.Deployment(Images.Pinned) }).Should().StartWith("record the start: AlreadyTrusted");
    }

    [Fact]
    public void What_ran_and_is_listed_is_never_condemned()
    {
        Chosen(Offer, revoke: true, change: o => o.WithTarget(p => Seen.Pod(p.Name, Images.Good) with { Quarantined = true }))
            .Should().StartWith("record the start: ByAdmission").And.NotContain("must not start again");
        var elsewhere = Images.GoodIsListed with { Images = [.. Images.GoodIsListed.Images, new("other", ["shop/other"], [new("sha256:index", [], [Images.Bad])])] };
        Chosen(Offer, revoke: true, change: o => o with { Trust = elsewhere }).Should().NotContain("must not start again", "it is a manifest of an index that another image lists");
        (Relying(Offer) with { Trust = elsewhere }).Says().Should().NotStartWith("revoke", "it was listed after the start");
    }

    [Fact]
    public void A_policy_that_does_not_ask_for_listed_digests_pins_in_the_template() =>
        Chosen(Offer, revoke: true, change: o => o with { Trust = o.Trust with { Require = TrustRequirement.NotRevoked } }).Should().StartWith("record the start: InPlace");

    [Fact]
    public void It_revokes_then_looks_then_takes_the_pod_out()
    {
        var started = Relying(Offer);
        started.Says().Should().Be($"revoke {Images.Named(Ran)}");
        var revoked = started with { Trust = started.Trust.Revoking(Images.Bad) };
        revoked.Says().Should().StartWith("wait until 0.00:00:00: a dry run on web-1 has shown nothing (WaitingForAdmission)");
        With(revoked, Shown with { Refused = new HashSet<string>() }).Says().Should().Contain($"a dry run does not refuse {Images.Named(Ran)}");
        With(revoked, Shown with { Became = new Dictionary<string, string> { ["shop/web:v1"] = "shop/web:v1" } }).Says().Should().Contain("it becomes shop/web:v1");
        With(revoked, Shown with { Became = new Dictionary<string, string>() }).Says().Should().Contain("it is refused");
        With(revoked, Shown).Says().Should().StartWith("delete web-1");
    }

    [Fact]
    public void Another_trusted_digest_than_the_planned_one_will_not_do()
    {
        var revoked = Relying(Offer) with { Trust = Images.Trusting((Images.Good, ["v1"]), (Images.Better, ["v2"])).Revoking(Images.Bad) };
        With(revoked, Shown with { Became = new Dictionary<string, string> { ["shop/web:v1"] = $"shop/web:v1@{Images.Better}" } }).Says().Should().Contain("(WaitingForAdmission)");
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(4, 1000)]
    [InlineData(29, 1000)]
    public void It_looks_again_soon_and_less_often_the_longer_it_takes(int waited, int milliseconds)
    {
        var revoked = Relying(Offer) with { Now = Seen.Now.AddSeconds(waited) } is var o ? o with { Trust = o.Trust.Revoking(Images.Bad) } : null!;
        RecoveryPlanner.Decide(revoked).Should().BeOfType<Decision.Wait>().Which.Until.Should().Be(revoked.Now.AddMilliseconds(milliseconds));
    }

    [Fact]
    public void What_will_not_pass_or_takes_too_long_leads_to_the_template_for_good()
    {
        var revoked = Relying(Offer) with { Trust = Images.GoodIsListed.Revoking(Images.Bad) };
        (revoked with { Now = Seen.Now.AddSeconds(30) }).Says().Should().StartWith("record another path: InPlace; not by admission after all: a dry run on web-1 has shown nothing");
        With(revoked, new() { Problem = "a webhook refuses" }).Says().Should().Be("record another path: InPlace; not by admission after all: a webhook refuses");
        (revoked with { Admission = AdmissionOffer.None }).Says().Should().StartWith("record another path: InPlace");
        var back = With(revoked with { Progress = revoked.Progress with { Path = PinPath.InPlace } }, Shown);
        back.Says().Should().StartWith("pin web, Pause");
    }

    [Fact]
    public void In_a_rollout_it_leads_back_to_the_rollout()
    {
        var old = new ReplicaSet { Name = "rs-0", Uid = "uid-rs-0", Template = Images.TaggedV2 };
        var rolling = Seen.Deployment(Images.Tagged) with { ReplicaSets = [old, .. Seen.Deployment(Images.Tagged).ReplicaSets] };
        (Relying(AdmissionOffer.None) with { Workload = rolling }).Says().Should().StartWith("record another path: Rollout");
    }

    [Fact]
    public void Nothing_is_tried_once_nothing_is_to_go()
    {
        var o = Relying(Offer);
        RecoveryPlanner.TrialOf(o)!.Should().BeEquivalentTo(new { On = o.Target, Tags = new[] { "shop/web:v1" }, Condemned = new[] { Ran } });
        RecoveryPlanner.TrialOf(Seen.Captured() with { Admission = Offer }).Should().BeNull("it has not begun");
        RecoveryPlanner.TrialOf(o with { Target = null, Pods = Seen.Replaced().Pods }).Should().BeNull();
        RecoveryPlanner.TrialOf(o with { Target = null })!.On.Name.Should().Be("web-2", "a sibling is the next to go");
    }

    [Fact]
    public void The_plan_says_what_is_revoked_and_what_comes_instead()
    {
        var plan = RecoveryPlan.For((Seen.Captured() with { Admission = Offer }).With(s => s with { Revoke = true }));
        plan.Steps.Should().ContainInOrder($"revoke {Ran} in the whole cluster", "let admission pin what Deployment web makes, once a dry run has shown that it does, and change no template; where it does not, pin it in its template, by a rollout where one is under way");
        RecoveryPlan.For(Relying(Offer) with { Trust = Images.GoodIsListed.Revoking(Images.Bad) }).Hash.Should().Be(plan.Hash, "it is the same plan once it runs");
    }

    private static string Chosen(AdmissionOffer offer, bool revoke = false, Func<Observation, Observation>? change = null) =>
        (change ?? (o => o))((Seen.Captured() with { Admission = offer }).With(s => s with { Revoke = revoke })).Says();

    private static Observation Relying(AdmissionOffer offer) => Seen.Started(PinPath.ByAdmission).With(s => s with { Revoke = true }) is var o
        ? o with { Admission = offer, Progress = o.Progress with { Condemned = [Ran] } }
        : throw new InvalidOperationException();

    private static Observation With(Observation o, AdmissionTrial trial) => o with { Admission = o.Admission with { Trial = trial } };
}
