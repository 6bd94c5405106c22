using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Trust;

public sealed class ImageReferenceTests
{
    [Theory]
    [InlineData("nginx", "nginx", null, null, "docker.io/library/nginx", "latest")]
    [InlineData("nginx:1.27", "nginx", "1.27", null, "docker.io/library/nginx", "1.27")]
    [InlineData("shop/web:v1", "shop/web", "v1", null, "docker.io/shop/web", "v1")]
    [InlineData("docker.io/nginx", "docker.io/nginx", null, null, "docker.io/library/nginx", "latest")]
    [InlineData("index.docker.io/library/nginx", "index.docker.io/library/nginx", null, null, "docker.io/library/nginx", "latest")]
    [InlineData("localhost/web", "localhost/web", null, null, "localhost/web", "latest")]
    [InlineData("localhost:5000/web", "localhost:5000/web", null, null, "localhost:5000/web", "latest")]
    [InlineData("registry.example.com:5000/a/b:v1", "registry.example.com:5000/a/b", "v1", null, "registry.example.com:5000/a/b", "v1")]
    [InlineData("ghcr.io/shop/web@sha256:abc", "ghcr.io/shop/web", null, "sha256:abc", "ghcr.io/shop/web", null)]
    [InlineData("ghcr.io/shop/web:v1@sha256:abc", "ghcr.io/shop/web", "v1", "sha256:abc", "ghcr.io/shop/web", "v1")]
    [InlineData("", "", null, null, "docker.io/library/", "latest")]
    public void It_is_read_with_its_defaults_and_written_as_it_was(string text, string repository, string? tag, string? digest, string canonical, string? effective)
    {
        var image = ImageReference.Parse(text);
        image.Should().BeEquivalentTo(new { Repository = repository, Tag = tag, Digest = digest, CanonicalRepository = canonical, EffectiveTag = effective });
        image.ToString().Should().Be(text);
    }

    [Fact]
    public void A_pin_changes_the_digest_alone() =>
        ImageReference.Parse("localhost:5000/web:v1@sha256:old").At("sha256:new").ToString().Should().Be("localhost:5000/web:v1@sha256:new");

    [Theory]
    [InlineData("docker.io/shop/web@sha256:abc", "sha256:abc")]
    [InlineData("docker-pullable://shop/web@sha256:abc", "sha256:abc")]
    [InlineData("sha256:abc", "sha256:abc")]
    [InlineData("docker://sha256:abc", "sha256:abc")]
    [InlineData("", null)]
    [InlineData("shop/web:v1", null)]
    [InlineData(null, null)]
    public void Runtimes_report_digests_in_several_ways(string? imageId, string? digest) => ImageReference.DigestOf(imageId).Should().Be(digest);
}
