using Operator.DevCluster.Images;

namespace Operator.DevCluster.Tests.Images;

public sealed class ImageRegistryTests
{
    private static readonly string First = ImageRegistry.DigestOf("first");
    private static readonly string Second = ImageRegistry.DigestOf("second");

    [Theory]
    [InlineData("nginx", "docker.io/library/nginx:latest")]
    [InlineData("shop/cart:1.4", "docker.io/shop/cart:1.4")]
    [InlineData("registry.example/shop/cart:1.4", "registry.example/shop/cart:1.4")]
    [InlineData("registry.example:5000/cart", "registry.example:5000/cart:latest")]
    [InlineData("localhost/cart:1", "localhost/cart:1")]
    [InlineData("nginx:1.25@sha256:00", "docker.io/library/nginx@sha256:00")]
    public void References_are_completed_as_containerd_does(string reference, string canonical) =>
        ImageName.Parse(reference).ToString().Should().Be(canonical);

    [Fact]
    public void A_tag_names_the_digest_it_was_moved_to_last()
    {
        ImageRegistry registry = new();
        registry.Push("nginx", "1.25", First);

        registry.Repoint("docker.io/library/nginx", "1.25", Second);

        registry.Resolve(ImageName.Parse("nginx:1.25")).Should().Be(Second);
        registry.Resolve(ImageName.Parse($"nginx@{First}")).Should().Be(First, "what was pushed once can be pulled by its digest for ever");
        registry.Resolve(ImageName.Parse($"other@{First}")).Should().BeNull("it was pushed to another repository");
        registry.Resolve(ImageName.Parse("nginx:1.26")).Should().BeNull();
    }

    [Fact]
    public void Only_a_tag_that_exists_can_be_moved()
    {
        ImageRegistry registry = new();

        registry.Invoking(r => r.Repoint("nginx", "1.25", First)).Should().Throw<ArgumentException>();
        registry.Invoking(r => r.Push("nginx", "1.25", "sha256:short")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_registry_that_has_everything_derives_digests_from_names()
    {
        ImageRegistry registry = new(pullsAnyImage: true);

        registry.Resolve(ImageName.Parse("nginx")).Should().Be(ImageRegistry.DigestOf("docker.io/library/nginx:latest"));
        registry.Push("nginx", "latest", First);
        registry.Resolve(ImageName.Parse("nginx")).Should().Be(First);
    }
}
