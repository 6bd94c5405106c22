using System.Security.Cryptography;
using System.Text;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Trust;

public sealed class TrustDecisionTests
{
    /// <summary>The names by which digests stand in this file, so that a person can tell them apart.</summary>
    private static readonly string[] Digests = ["sha256:v1-amd64", "sha256:v1-arm64", "sha256:v1", "sha256:v2", "sha256:bad", "sha256:config", "sha256:ran", "sha256:revoked", "sha256:any"];

    private static readonly TrustedRepository Web = new("web", ["shop/web", "Mirror.example.com:443/web"],
    [
        new(Real("sha256:v1"), ["v1", "stable"], [Real("sha256:v1-amd64"), Real("sha256:v1-arm64")]),
        new(Real("sha256:v2"), ["v2"], []),
    ]);

    private static string Real(string text) => Digests.Aggregate(text, (t, d) => t.Replace(d, Digest(d)));

    private static string Named(string text) => Digests.Aggregate(text, (t, d) => t.Replace(Digest(d), d));

    private static string Digest(string name) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";

    [Theory]
    [InlineData("shop/web:v1@sha256:v1", true)]
    [InlineData("docker.io/shop/web@sha256:v1", true)]
    [InlineData("mirror.example.com/web@sha256:v2", true)]
    [InlineData("shop/web@sha256:v1-amd64", true)]
    [InlineData("shop/web:v1", false)]
    [InlineData("shop/web", false)]
    [InlineData("shop/web@sha256:bad", false)]
    [InlineData("shop/other@sha256:v1", false)]
    [InlineData("evil.example.com/shop/web@sha256:v1", false)]
    [InlineData("index.docker.io/shop/web@sha256:v1", true)]
    [InlineData("MIRROR.example.com/web@sha256:v2", true)]
    [InlineData("shop/web:v1@sha256:v1@sha256:bad", false)]
    [InlineData("shop/web:v1@sha256:v1 ", false)]
    public void A_template_is_trusted_by_a_listed_digest_of_its_repository_and_never_by_a_tag(string image, bool trusted) =>
        Listed().Trusts(ImageReference.Parse(Real(image))).Should().Be(trusted);

    [Theory]
    [InlineData("shop/web:v1", "docker.io/shop/web@sha256:v1", TrustVerdict.Trusted)]
    [InlineData("shop/web:v1", "other.example.com/name@sha256:v1-arm64", TrustVerdict.Trusted)]
    [InlineData("shop/web:v1", "sha256:v1-amd64", TrustVerdict.Trusted)]
    [InlineData("shop/web@sha256:v1", null, TrustVerdict.Trusted)]
    [InlineData("shop/web@sha256:v1", "sha256:config", TrustVerdict.Trusted)]
    [InlineData("shop/web@sha256:bad", "sha256:config", TrustVerdict.Untrusted)]
    [InlineData("shop/web@sha256:bad", null, TrustVerdict.Untrusted)]
    [InlineData("shop/web:v1", "shop/web@sha256:bad", TrustVerdict.Untrusted)]
    [InlineData("shop/web:v1", "sha256:config", TrustVerdict.Unknown)]
    [InlineData("shop/web:v1", null, TrustVerdict.Unknown)]
    [InlineData("shop/web:v1", "", TrustVerdict.Unknown)]
    [InlineData("shop/web:v1", "garbage", TrustVerdict.Unknown)]
    [InlineData("pull-through.example.com/shop/web:v1", "pull-through.example.com/shop/web@sha256:v1", TrustVerdict.Trusted)]
    [InlineData("pull-through.example.com/shop/web:v1@sha256:v2", "sha256:config", TrustVerdict.Trusted)]
    [InlineData("pull-through.example.com/shop/web:v1", "pull-through.example.com/shop/web@sha256:bad", TrustVerdict.Untrusted)]
    public void A_container_is_judged_by_its_templates_repository_whatever_the_pod_was_made_to_name(string spec, string? imageId, TrustVerdict verdict) =>
        Listed().Judge(Read("shop/web:v1"), Read(spec), imageId is null ? null : Real(imageId)).Should().Be(verdict);

    [Fact]
    public void A_digest_that_another_repository_lists_is_none_of_this_one()
    {
        var two = Listed() with { Images = [Web, new("tool", ["shop/tool"], [new(Real("sha256:any"), [], [])])] };
        two.Judge(Read("shop/web:v1"), Read("shop/tool@sha256:any"), Real("shop/tool@sha256:any")).Should().Be(TrustVerdict.Untrusted, "somebody put a trusted image of something else into the pod");
    }

    [Fact]
    public void Of_what_runs_under_a_name_that_cannot_be_read_nothing_is_known() =>
        Listed().Judge(Read("Not A Name"), Read("shop/web@sha256:v1"), null).Should().Be(TrustVerdict.Unknown);

    [Theory]
    [InlineData("shop/web@sha256:v1", TrustVerdict.Trusted)]
    [InlineData("shop/web@sha256:v2", TrustVerdict.Untrusted)]
    [InlineData("shop/files@sha256:any", TrustVerdict.Unknown)]
    [InlineData("shop/web:v1", TrustVerdict.Unknown)]
    public void An_image_volume_is_untrusted_where_its_digest_is_revoked_and_trusted_where_it_is_listed(string image, TrustVerdict verdict) =>
        Listed("sha256:v2").JudgeVolume(Read(image)).Should().Be(verdict);

    [Fact]
    public void One_untrusted_image_outweighs_an_unknown_and_that_a_trusted_one()
    {
        new[] { TrustVerdict.Trusted, TrustVerdict.Unknown, TrustVerdict.Untrusted }.Worst().Should().Be(TrustVerdict.Untrusted);
        new[] { TrustVerdict.Unknown, TrustVerdict.Trusted }.Worst().Should().Be(TrustVerdict.Unknown);
        Array.Empty<TrustVerdict>().Worst().Should().Be(TrustVerdict.Trusted);
    }

    [Fact]
    public void A_revoked_digest_is_trusted_nowhere()
    {
        var trust = Listed("sha256:v1");
        trust.Trusts(Read("shop/web@sha256:v1")).Should().BeFalse();
        trust.Trusts(Read("shop/web@sha256:v1-amd64")).Should().BeFalse("its index is revoked");
        trust.Judge(Read("shop/web:v1"), Read("shop/web:v1"), Real("sha256:v1-amd64")).Should().Be(TrustVerdict.Untrusted);
        Listed("sha256:v1-amd64").Trusts(Read("shop/web@sha256:v1-amd64")).Should().BeFalse();
    }

    [Theory]
    [InlineData("shop/web:v1", "shop/web:v1@sha256:v1")]
    [InlineData("shop/web:stable", "shop/web:stable@sha256:v1")]
    [InlineData("shop/web:v2@sha256:bad", "shop/web:v2@sha256:v2")]
    [InlineData("mirror.example.com/web:v1", "mirror.example.com/web:v1@sha256:v1")]
    public void A_digest_is_chosen_by_the_tag_and_the_repository_stays(string image, string chosen) =>
        Choose(Listed(), image).Should().Be($"{chosen} (web)");

    [Theory]
    [InlineData("shop/other:v1", "no TrustedImage lists docker.io/shop/other")]
    [InlineData("shop/web:v9", "no digest of docker.io/shop/web with tag v9 is listed and not revoked")]
    [InlineData("shop/web", "no digest of docker.io/shop/web with tag latest is listed and not revoked")]
    [InlineData("shop/Web:v1", "\"shop/Web:v1\" is no image name that a digest could be put on")]
    [InlineData("shop/web:v1@sha256:v1@sha256:bad", "\"shop/web:v1@sha256:v1@sha256:bad\" is no image name that a digest could be put on")]
    [InlineData("auto", "no TrustedImage lists docker.io/library/auto")]
    [InlineData("shop/web@sha256:bad", "2 digests of docker.io/shop/web are listed: one must remain")]
    public void Where_none_or_several_fit_nothing_is_chosen(string image, string why) => Choose(Listed(), image).Should().Be(why);

    [Fact]
    public void The_only_digest_that_is_left_is_chosen_for_a_digest_without_a_tag() =>
        Choose(Listed("sha256:v2"), "shop/web@sha256:v2").Should().Be("shop/web@sha256:v1 (web)");

    [Fact]
    public void Two_trusted_images_that_list_the_same_digest_agree() =>
        Choose(new([Web, Web with { Name = "again" }], new HashSet<string>(), TrustRequirement.Listed), "shop/web:v1").Should().EndWith("(web)");

    [Fact]
    public void What_is_chosen_is_trusted_even_where_one_lists_a_platform_of_a_revoked_index()
    {
        var trust = new TrustDecision([Web, new("platform", ["shop/web"], [new(Real("sha256:v1-amd64"), ["v1"], [])])], new HashSet<string> { Real("sha256:v1") }, TrustRequirement.Listed);
        Choose(trust, "shop/web:v1").Should().StartWith("no digest", "pinning it would never be enough");
    }

    [Theory]
    [InlineData("docker.io/shop/web@sha256:ran", "shop/web:v1@sha256:ran (not revoked)")]
    [InlineData("shop/web@sha256:revoked", "sha256:revoked, which shop/web:v1 ran, is revoked")]
    [InlineData("shop/web@sha256:v1-amd64", "sha256:v1-amd64, which shop/web:v1 ran, is revoked")]
    [InlineData("sha256:config", "the runtime reports sha256:config for shop/web:v1 without a repository, which may be the digest of a configuration, and only that of a manifest can be pinned")]
    [InlineData("pull-through.example.com/shop/web@sha256:ran", "shop/web:v1 is docker.io/shop/web but ran from pull-through.example.com/shop/web, and a digest of one repository is not put on another")]
    [InlineData(null, "it is not known which digest of shop/web:v1 ran")]
    [InlineData("garbage", "it is not known which digest of shop/web:v1 ran")]
    public void Where_not_revoked_is_enough_the_digest_that_ran_is_chosen_if_it_is_a_manifest_of_the_same_repository(string? ran, string expected) =>
        Choose(Listed("sha256:revoked", "sha256:v1") with { Require = TrustRequirement.NotRevoked }, "shop/web:v1", ran).Should().Be(expected);

    [Fact]
    public void Where_not_revoked_is_enough_a_tag_is_still_no_digest()
    {
        var trust = new TrustDecision([], new HashSet<string>(), TrustRequirement.NotRevoked);
        trust.Trusts(Read("shop/web:v1")).Should().BeFalse();
        trust.Trusts(Read("shop/web@sha256:any")).Should().BeTrue();
        trust.Judge(Read("shop/web:v1"), Read("shop/web:v1"), Real("shop/web@sha256:any")).Should().Be(TrustVerdict.Trusted);
        trust.Judge(Read("shop/web:v1"), Read("shop/web:v1"), Real("sha256:any")).Should().Be(TrustVerdict.Unknown, "the manifest that goes with this configuration may be revoked");
    }

    [Fact]
    public void What_was_decided_stays_trusted_until_it_is_revoked()
    {
        var decided = Read("shop/web:v1@sha256:v1");
        var nothing = new TrustDecision([], new HashSet<string>(), TrustRequirement.Listed);
        nothing.Trusts(decided).Should().BeFalse();
        nothing.Keeping([decided, Read("shop/web:v1")]).Trusts(decided).Should().BeTrue();
        (nothing with { Revoked = new HashSet<string> { Real("sha256:v1") } }).Keeping([decided]).Trusts(decided).Should().BeFalse();
        Choose(nothing.Keeping([decided]), "shop/web:v1").Should().StartWith("no digest", "what is kept is no choice for other tags");
    }

    private static TrustDecision Listed(params string[] revoked) => new([Web], revoked.Select(Real).ToHashSet(), TrustRequirement.Listed);

    private static ImageReference Read(string image) => ImageReference.Parse(Real(image));

    private static string Choose(TrustDecision trust, string image, string? ran = null) => Named(trust.Choose(Read(image), RunningImage.Parse(ran is null ? null : Real(ran))) switch
    {
        DigestChoice.Chosen c => $"{c.Image} ({c.TrustedBy})",
        DigestChoice.None n => n.Reason,
        _ => throw new System.Diagnostics.UnreachableException(),
    });
}
