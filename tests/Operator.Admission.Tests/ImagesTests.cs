using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>Trusted images at admission: what everybody's pods may run.</summary>
public sealed class ImagesTests(Installation installation) : AdmissionTest(installation)
{
    private const string RevokedImages = "immutable-recovery-revoked-images", ListedImages = "immutable-recovery-listed-images";

    [Theory]
    [InlineData("")]
    [InlineData(", \"initContainers\": [{\"name\": \"init\", \"image\": \"IMAGE\"}]")]
    public async Task A_revoked_digest_starts_nowhere_and_for_nobody(string spec)
    {
        var image = spec.Length == 0 ? $"{Image}:1.3@{Revoked}" : "x";
        foreach (var ns in (string[])["shop", "pinned", "strict", "default", "kube-system"])
            (await Installation.Administrator.CreateAsync($"api/v1/namespaces/{ns}/pods", Pod(Installation.NewName("pod"), image, spec: spec.Replace("IMAGE", $"elsewhere.example/x@{Revoked}"))))
                .ShouldBeRefusedBy(RevokedImages, "is revoked: CVE-2026-1");
    }

    [Fact]
    public async Task A_revoked_digest_is_not_put_into_a_pod_that_runs()
    {
        var pod = await Installation.MakePodAsync($"{Image}:1.4");

        (await Installation.Bob.PatchAsync(pod, $$"""{"spec": {"containers": [{"name": "main", "image": "{{Image}}@{{Revoked}}"}]} }""")).ShouldBeRefusedBy(RevokedImages, "is revoked");
        (await Installation.Bob.PatchAsync($"{pod}/ephemeralcontainers", $$"""{"spec": {"ephemeralContainers": [{"name": "debug", "image": "x@{{Revoked}}"}]} }""")).ShouldBeRefusedBy(RevokedImages, "is revoked");
    }

    [Fact]
    public async Task A_pod_that_runs_a_digest_revoked_later_can_still_be_contained()
    {
        var digest = Digest('8');
        var pod = await Installation.MakePodAsync($"x@{digest}");
        (await Installation.Administrator.MergeAsync("apis/immutablerecovery.io/v1alpha1/imagerevocationlists/incident", $$$"""{"spec": {"revoked": {"{{{digest}}}": {"reason": "later"} } } }""")).ShouldBeAccepted();
        await Waiting.UntilAsync(
            async () => (await Installation.Administrator.CreateAsync("api/v1/namespaces/shop/pods?dryRun=All", Pod("probe", $"x@{digest}"))).Code == 403, "the revocation is known");

        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}}}""")).ShouldBeAccepted();
    }

    [Theory]
    [InlineData("registry.test.example/cart:1.4", true)]
    [InlineData("registry.test.example/cart:1.5", true)]
    [InlineData("nginx", true)]
    [InlineData("nginx:latest", true)]
    [InlineData("library/nginx", true)]
    [InlineData("docker.io/library/nginx", true)]
    [InlineData("registry.test.example/cart:9", false)]
    [InlineData("registry.test.example/cart", false)]
    [InlineData("registry.test.example/cartoon:1.4", false)]
    [InlineData("registry.test.example:5000/cart:1.4", false)]
    [InlineData("localhost:5000/nginx", false)]
    public async Task In_a_namespace_that_asks_for_it_a_tag_becomes_the_first_digest_that_has_it(string image, bool pinned)
    {
        var made = await Installation.Bob.CreateAsync("api/v1/namespaces/pinned/pods", Pod(Installation.NewName("pod"), image, spec: $$""", "initContainers": [{"name": "init", "image": "{{image}}"}]"""));

        made.ShouldBeAccepted();
        foreach (var list in (string[])["containers", "initContainers"])
        {
            var becomes = made.Body["spec"]![list]![0]!["image"]!.ToString();
            becomes.Should().Be(!pinned ? image : image.Contains("nginx", StringComparison.Ordinal) ? $"{image}@{Digest('e')}" : $"{image}@{(image.EndsWith('4') ? Listed : AlsoListed)}");
        }
    }

    [Fact]
    public async Task Whatever_names_a_digest_stays_and_so_does_everything_elsewhere()
    {
        (await ImageOfAsync("pinned", $"{Image}:1.4@{Unlisted}")).Should().Be($"{Image}:1.4@{Unlisted}");
        (await ImageOfAsync("shop", $"{Image}:1.4")).Should().Be($"{Image}:1.4");
    }

    [Fact]
    public async Task A_pod_that_runs_is_not_pinned_but_in_a_trial()
    {
        var made = await Installation.Administrator.CreateAsync("api/v1/namespaces/pinned/pods", Pod(Installation.NewName("pod"), $"{Image}:9"));
        made.ShouldBeAccepted();
        var pod = $"api/v1/namespaces/pinned/pods/{made.Body["metadata"]!["name"]}";
        const string Trial = """{"metadata": {"annotations": {"immutablerecovery.io/admission-trial": "1"}}, "spec": {"containers": [{"name": "main", "image": "registry.test.example/cart:1.4"}]}}""";

        (await Installation.Bob.PatchAsync(pod, Trial.Replace("\"annotations\": {\"immutablerecovery.io/admission-trial\": \"1\"}", ""))).Body["spec"]!["containers"]![0]!["image"]!.ToString().Should().Be($"{Image}:1.4");
        var trial = await Installation.Operator.PatchAsync($"{pod}?dryRun=All", Trial);

        trial.ShouldBeAccepted();
        trial.Body["spec"]!["containers"]![0]!["image"]!.ToString().Should().Be($"{Image}:1.4@{Listed}");
        (await Installation.Operator.PatchAsync($"{pod}?dryRun=All", Trial.Replace("cart:1.4", $"cart:1.4@{Revoked}"))).ShouldBeRefusedBy(RevokedImages, "is revoked");
    }

    [Theory]
    [InlineData("registry.test.example/cart:1.4", "is not a digest that TrustedImage cart lists")]
    [InlineData("registry.test.example/cart@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "is not a digest that TrustedImage cart lists")]
    [InlineData("nginx", "is not a digest that TrustedImage nginx lists")]
    public async Task In_a_namespace_that_asks_for_it_an_unlisted_image_is_refused(string image, string message) =>
        (await Installation.Bob.CreateAsync("api/v1/namespaces/strict/pods", Pod(Installation.NewName("pod"), image))).ShouldBeRefusedBy(ListedImages, message);

    [Theory]
    [InlineData("registry.test.example/cart:1.4@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("elsewhere.example/tool:1")]
    public async Task In_such_a_namespace_a_listed_digest_and_what_nobody_describes_start(string image) =>
        (await ImageOfAsync("strict", image)).Should().Be(image);

    private async Task<string> ImageOfAsync(string ns, string image)
    {
        var made = await Installation.Bob.CreateAsync($"api/v1/namespaces/{ns}/pods", Pod(Installation.NewName("pod"), image));
        made.ShouldBeAccepted();
        return made.Body["spec"]!["containers"]![0]!["image"]!.ToString();
    }
}
