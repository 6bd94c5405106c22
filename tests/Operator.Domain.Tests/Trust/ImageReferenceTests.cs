using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Trust;

public sealed class ImageReferenceTests
{
    public static TheoryData<string, string?> Names => [.. ImageNames.Cases];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_has_one_canonical_repository_or_cannot_be_read(string name, string? canonical)
    {
        var image = ImageReference.Parse(name);

        image.CanonicalRepository.Should().Be(canonical);
        image.ToString().Should().Be(name, "what is written stays as it is");
        if (canonical is not null)
        {
            ImageReference.Canonical(image.Repository).Should().Be(canonical, "a TrustedImage names the repository alone");
            if (!name.StartsWith("intranet", StringComparison.OrdinalIgnoreCase))
                ImageReference.Canonical(canonical).Should().Be(canonical, "what is in the canonical form stays in it, but for a host that only its upper case tells from a path");
        }
        if (canonical is null || !name.EndsWith(ImageNames.Digest, StringComparison.Ordinal))
            image.JudgedDigest.Should().BeNull("nothing but a whole sha256 digest is compared");
    }

    [Theory]
    [InlineData("nginx", "nginx", null, null, "latest")]
    [InlineData("nginx:1.27", "nginx", "1.27", null, "1.27")]
    [InlineData("localhost:5000/web", "localhost:5000/web", null, null, "latest")]
    [InlineData("registry.example.com:5000/a/b:v1", "registry.example.com:5000/a/b", "v1", null, "v1")]
    [InlineData($"ghcr.io/shop/web@{ImageNames.Digest}", "ghcr.io/shop/web", null, ImageNames.Digest, null)]
    [InlineData($"ghcr.io/shop/web:v1@{ImageNames.Digest}", "ghcr.io/shop/web", "v1", ImageNames.Digest, "v1")]
    [InlineData("", "", null, null, "latest")]
    public void Its_parts_stay_as_they_are_written(string text, string repository, string? tag, string? digest, string? effective) =>
        ImageReference.Parse(text).Should().BeEquivalentTo(new { Repository = repository, Tag = tag, Digest = digest, EffectiveTag = effective });

    [Fact]
    public void A_line_feed_does_not_end_a_name() => ImageReference.Parse($"nginx@{ImageNames.Digest}\n").IsReadable.Should().BeFalse();

    [Theory]
    [InlineData("cart:5000")]
    [InlineData($"registry.example.com/cart@{ImageNames.Digest}")]
    [InlineData("")]
    public void A_repository_has_no_tag_and_no_digest(string repository) => ImageReference.Canonical(repository).Should().BeNull();

    [Fact]
    public void A_pin_changes_the_digest_alone() =>
        ImageReference.Parse("localhost:5000/web:v1@sha256:old").At(ImageNames.Digest).ToString().Should().Be($"localhost:5000/web:v1@{ImageNames.Digest}");
}
