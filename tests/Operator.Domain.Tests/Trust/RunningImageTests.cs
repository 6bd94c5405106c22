using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Trust;

public sealed class RunningImageTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData($"docker.io/shop/web@sha256:{Hex}", "docker.io/shop/web")]
    [InlineData($"docker-pullable://Shop.example.com/web@sha256:{Hex}", "shop.example.com/web")]
    [InlineData($"registry.example.com:443/shop/web:v1@sha256:{Hex}", "registry.example.com/shop/web")]
    public void With_a_repository_it_is_a_manifest(string imageId, string repository) =>
        RunningImage.Parse(imageId).Should().Be(new RunningImage(repository, $"sha256:{Hex}")).And.Match<RunningImage>(r => r.IsManifest);

    [Theory]
    [InlineData($"sha256:{Hex}")]
    [InlineData($"docker://sha256:{Hex}")]
    [InlineData(Hex)]
    [InlineData($"cri-o://{Hex}")]
    public void A_bare_digest_may_be_that_of_a_configuration(string imageId) =>
        RunningImage.Parse(imageId).Should().Be(new RunningImage(null, $"sha256:{Hex}")).And.Match<RunningImage>(r => !r.IsManifest);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("shop/web:v1")]
    [InlineData("sha256:0123")]
    [InlineData($"sha512:{Hex}{Hex}")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")]
    [InlineData($"sha256:sha256:{Hex}")]
    [InlineData($"shop/web@sha256:{Hex}@sha256:{Hex}")]
    [InlineData($"Not A Name@sha256:{Hex}")]
    public void Anything_else_says_nothing_certain(string? imageId) => RunningImage.Parse(imageId).Should().BeNull();

    [Fact]
    public void What_protected_pods_run_is_spared_and_where_that_is_not_known_their_whole_repository()
    {
        var spared = SparedImages.Of([("kube/proxy:v1", $"registry.k8s.io/proxy@sha256:{Hex}"), ("kube/dns:v1", Hex), ("kube/api:v1", null)]);

        spared.Holds(ImageReference.Parse($"anything@sha256:{Hex}")).Should().BeTrue("a digest is one image under every name");
        spared.Holds(ImageReference.Parse($"kube/dns@{ImageNames.Digest.Replace('0', '1')}")).Should().BeTrue("this one may be what it runs");
        spared.Holds(ImageReference.Parse($"docker.io/kube/api@{ImageNames.Digest.Replace('0', '1')}")).Should().BeTrue();
        spared.Holds(ImageReference.Parse($"kube/proxy@{ImageNames.Digest.Replace('0', '1')}")).Should().BeFalse();
        SparedImages.None.Holds(ImageReference.Parse($"kube/dns@{ImageNames.Digest}")).Should().BeFalse();
    }
}
