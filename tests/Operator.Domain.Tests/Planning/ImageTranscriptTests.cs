using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning;

/// <summary>Clusters in which what a pod runs is not what its template names, or is not known.</summary>
public sealed class ImageTranscriptTests
{
    private const string Mirror = "mirror.example.com/";

    [Fact]
    public void Pods_from_a_mirror_are_judged_by_their_templates_repository() => Transcript.Check("mirror", new World
    {
        Title = "Admission sends every pod to a mirror that serves the listed digest: one pod is replaced, its healthy siblings stay",
        Registry = { ["v1"] = Images.Good },
        Rewrites = image => Mirror + image,
    }.Running());

    [Fact]
    public void A_mirror_that_serves_another_digest_stops_the_recovery() => Transcript.Check("mirror-untrusted", new World
    {
        Title = "Admission sends every pod to a mirror by its tag, which has a digest that nobody lists: one pod is removed, and the rest left alone",
        Rewrites = image => Mirror + image.Split('@')[0],
    }.Running());

    [Fact]
    public void A_webhook_that_takes_digests_off_stops_the_recovery_until_it_is_corrected() => Transcript.Check("digest-taken-off", new World
    {
        Title = "A webhook takes the digest off every image: one pod is removed; the webhook is corrected, and its pod deleted by a person",
        Rewrites = image => image.Split('@')[0],
    }.Running().After(TimeSpan.FromMinutes(15), "the webhook is corrected and web-4 deleted", w =>
    {
        w.Rewrites = image => image;
        w.Delete("web-4");
    }));

    [Fact]
    public void Siblings_with_an_unknown_digest_are_left_alone() => Transcript.Check("unknown-digests", new World
    {
        Title = "The runtime reports ids without a repository for 24 replicas: the accused one is replaced, no other",
        Replicas = 24,
        Reports = (_, _) => "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    }.Running());

    [Fact]
    public void A_configurations_digest_is_not_pinned() => Transcript.Check("config-digest", new World
    {
        Title = "The policy asks only that nothing revoked runs, and the runtime reports the digest of a configuration: blocked, nothing is pinned",
        Trust = Images.NothingIsListed with { Require = TrustRequirement.NotRevoked },
        Reports = (_, digest) => digest,
    }.Running());

    [Fact]
    public void A_placeholder_is_not_pinned() => Transcript.Check("placeholder", new World
    {
        Title = "Admission fills in a placeholder: blocked, for the digest of one repository is not put on another name",
        Template = [new("app", "auto")],
        Registry = { ["latest"] = Images.Good },
        Trust = Images.NothingIsListed with { Require = TrustRequirement.NotRevoked },
        Rewrites = _ => "mesh.example.com/proxy:latest",
    }.Running());

    [Fact]
    public void A_digest_that_a_protected_namespace_runs_is_not_revoked() => Transcript.Check("admission-spared", new World
    {
        Title = "What ran untrusted runs in a protected namespace, too: it is not revoked, and the template is pinned instead",
        Offer = new() { PinsTags = true, RefusesRevoked = true, Spared = SparedImages.Of([("kube/proxy:v1", $"kube/proxy@{Images.Bad}")]) },
        Settings = new() { Revoke = true },
    }.Running());
}
