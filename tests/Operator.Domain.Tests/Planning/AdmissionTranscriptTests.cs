using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning;

/// <summary>Whole recoveries where the cluster pins tags and refuses digests at admission. Each file in Transcripts is meant to be read.</summary>
public sealed class AdmissionTranscriptTests
{
    private static readonly AdmissionOffer PinsAndRefusesRevoked = new() { PinsTags = true, RefusesRevoked = true };
    private static readonly RecoverySettings Revoking = new() { Revoke = true };

    [Fact]
    public void A_poisoned_tag_is_revoked_and_no_template_is_written() => Transcript.Check("admission-poisoned-tag", new World
    {
        Title = "The tag was poisoned, admission pins tags and refuses what is revoked: revoked first, shown by a dry run, then all three pods are replaced and no template is written",
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking,
    }.Running());

    [Fact]
    public void A_namespace_that_requires_listed_images_needs_no_revocation() => Transcript.Check("admission-listed-images", new World
    {
        Title = "The policy revokes nothing, but the namespace requires listed images: the digest that ran is refused as it is",
        Offer = PinsAndRefusesRevoked with { RefusesUnlisted = true },
    }.Running());

    [Fact]
    public void A_revocation_that_takes_its_time_is_waited_for() => Transcript.Check("admission-revocation-arrives-late", new World
    {
        Title = "The revocation reaches the policies after four seconds: no pod goes before a dry run shows it",
        Replicas = 1,
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking with { ApproveLastReadyPod = false },
        ParametersTake = TimeSpan.FromSeconds(4),
    }.Running());

    [Fact]
    public void A_revocation_that_never_arrives_leads_back_to_the_template() => Transcript.Check("admission-revocation-never-arrives", new World
    {
        Title = "The revocation does not reach the policies: after half a minute the template is pinned instead",
        Replicas = 1,
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking with { ApproveLastReadyPod = false },
        ParametersTake = TimeSpan.FromDays(1),
    }.Running());

    [Fact]
    public void A_policy_that_is_removed_midway_leads_back_to_the_template() => Transcript.Check("admission-removed-midway", new World
    {
        Title = "Somebody removes the pinning policy while siblings are replaced: the template is pinned, and the rest goes on by it",
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking,
    }.Running().After(TimeSpan.FromSeconds(4), "somebody removes the pinning policy", w => w.Offer = w.Offer with { PinsTags = false }));

    [Fact]
    public void A_policy_that_is_removed_during_the_soak_still_leaves_a_trusted_template() => Transcript.Check("admission-removed-in-the-soak", new World
    {
        Title = "Somebody removes the pinning policy during the soak: no pod goes, but the template is pinned for the next one",
        Replicas = 1,
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking with { ApproveLastReadyPod = false },
    }.Running().After(TimeSpan.FromSeconds(60), "somebody removes the pinning policy", w => w.Offer = AdmissionOffer.None));

    [Fact]
    public void A_right_to_revoke_that_is_missing_leads_back_to_the_template() => Transcript.Check("admission-revoking-refused", new World
    {
        Title = "Between plan and step the right to revoke is taken away: the template is pinned instead",
        Replicas = 1,
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking with { ApproveLastReadyPod = false },
    }.Running().TakenAwayAfter<Step.RecordStart>("the right to revoke is taken away", w => w.CanRevoke = false));

    [Fact]
    public void A_webhook_that_refuses_dry_runs_leads_back_at_once() => Transcript.Check("admission-trial-impossible", new World
    {
        Title = "A webhook of somebody else refuses every dry run: the template is pinned at once",
        Replicas = 1,
        Offer = PinsAndRefusesRevoked with { RefusesUnlisted = true },
        Settings = new() { ApproveLastReadyPod = false },
        TrialProblem = "admission webhook \"scan.example.com\" does not support dry run",
    }.Running());

    [Fact]
    public void A_rollout_goes_on_while_admission_pins_it() => Transcript.Check("admission-in-a-rollout", new World
    {
        Title = "A rollout to a poisoned tag has made its first pod, which is compromised: what it makes from now on is pinned on its way in, so it is neither held nor changed",
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking,
        Registry = { ["v1"] = Images.Good },
    }.RollingOutTo(Images.TaggedV2, target: 3));

    [Fact]
    public void An_approved_plan_by_admission_runs() => Transcript.Check("admission-approved", new World
    {
        Title = "Mode Contain: a person approves the plan by admission, with what it revokes, and that plan runs",
        Offer = PinsAndRefusesRevoked,
        Settings = Revoking with { Mode = RecoveryMode.Contain },
    }.Running().After(TimeSpan.FromMinutes(7), "alice approves the plan", TranscriptTests.Approve));
}
