using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Trust;

public sealed class TrustDecisionTests
{
    private static readonly TrustedRepository Web = new("web", ["shop/web", "mirror.example.com/web"],
    [
        new("sha256:v1", ["v1", "stable"], ["sha256:v1-amd64", "sha256:v1-arm64"]),
        new("sha256:v2", ["v2"], []),
    ]);

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
    public void A_template_is_trusted_by_a_listed_digest_of_its_repository_and_never_by_a_tag(string image, bool trusted) =>
        Listed().Trusts(ImageReference.Parse(image)).Should().Be(trusted);

    [Theory]
    [InlineData("shop/web:v1", "docker.io/shop/web@sha256:v1", true)]
    [InlineData("shop/web:v1", "other.example.com/name@sha256:v1-arm64", true)]
    [InlineData("shop/web:v1", "sha256:v1-amd64", true)]
    [InlineData("shop/web@sha256:v1", null, true)]
    [InlineData("shop/web@sha256:v1", "sha256:config", true)]
    [InlineData("shop/web:v1", "shop/web@sha256:bad", false)]
    [InlineData("shop/web:v1", null, false)]
    [InlineData("shop/web:v1", "", false)]
    public void A_container_is_trusted_by_its_spec_or_by_what_the_runtime_reports_under_any_name(string spec, string? imageId, bool trusted) =>
        Listed().TrustsRunning(ImageReference.Parse(spec), imageId).Should().Be(trusted);

    [Fact]
    public void A_revoked_digest_is_trusted_nowhere()
    {
        var trust = Listed("sha256:v1");
        trust.Trusts(ImageReference.Parse("shop/web@sha256:v1")).Should().BeFalse();
        trust.Trusts(ImageReference.Parse("shop/web@sha256:v1-amd64")).Should().BeFalse("its index is revoked");
        trust.TrustsRunning(ImageReference.Parse("shop/web:v1"), "sha256:v1-amd64").Should().BeFalse();
        Listed("sha256:v1-amd64").Trusts(ImageReference.Parse("shop/web@sha256:v1-amd64")).Should().BeFalse();
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
        var trust = new TrustDecision([Web, new("platform", ["shop/web"], [new("sha256:v1-amd64", ["v1"], [])])], new HashSet<string> { "sha256:v1" }, TrustRequirement.Listed);
        Choose(trust, "shop/web:v1").Should().StartWith("no digest", "pinning it would never be enough");
    }

    [Theory]
    [InlineData("sha256:ran", "shop/web:v1@sha256:ran (not revoked)")]
    [InlineData("sha256:revoked", "sha256:revoked, which shop/web:v1 ran, is revoked")]
    [InlineData("sha256:v1-amd64", "sha256:v1-amd64, which shop/web:v1 ran, is revoked")]
    [InlineData(null, "it is not known which digest of shop/web:v1 ran")]
    public void Where_not_revoked_is_enough_the_digest_that_ran_is_chosen(string? ran, string expected) =>
        Choose(Listed("sha256:revoked", "sha256:v1") with { Require = TrustRequirement.NotRevoked }, "shop/web:v1", ran).Should().Be(expected);

    [Fact]
    public void Where_not_revoked_is_enough_a_tag_is_still_no_digest()
    {
        var trust = new TrustDecision([], new HashSet<string>(), TrustRequirement.NotRevoked);
        trust.Trusts(ImageReference.Parse("shop/web:v1")).Should().BeFalse();
        trust.Trusts(ImageReference.Parse("shop/web@sha256:any")).Should().BeTrue();
        trust.TrustsRunning(ImageReference.Parse("shop/web:v1"), "sha256:any").Should().BeTrue();
    }

    [Fact]
    public void What_was_decided_stays_trusted_until_it_is_revoked()
    {
        var decided = ImageReference.Parse("shop/web:v1@sha256:v1");
        var nothing = new TrustDecision([], new HashSet<string>(), TrustRequirement.Listed);
        nothing.Trusts(decided).Should().BeFalse();
        nothing.Keeping([decided, ImageReference.Parse("shop/web:v1")]).Trusts(decided).Should().BeTrue();
        (nothing with { Revoked = new HashSet<string> { "sha256:v1" } }).Keeping([decided]).Trusts(decided).Should().BeFalse();
        Choose(nothing.Keeping([decided]), "shop/web:v1").Should().StartWith("no digest", "what is kept is no choice for other tags");
    }

    private static TrustDecision Listed(params string[] revoked) => new([Web], revoked.ToHashSet(), TrustRequirement.Listed);

    private static string Choose(TrustDecision trust, string image, string? ran = null) => trust.Choose(ImageReference.Parse(image), ran) switch
    {
        DigestChoice.Chosen c => $"{c.Image} ({c.TrustedBy})",
        DigestChoice.None n => n.Reason,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
