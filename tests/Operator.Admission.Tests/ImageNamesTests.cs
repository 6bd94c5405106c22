using System.Text.Json;
using System.Text.Json.Nodes;
using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>The policies read every image name as the operator does: the table of ImageNames, which the operator's own tests run, too.</summary>
public sealed class ImageNamesTests(Installation installation) : AdmissionTest(installation)
{
    private const string Hub = "docker.io/library/nginx";
    private static readonly string Trusted = Digest('9');

    /// <summary>A TrustedImage for each canonical repository of the table, which names it as the last of its cases writes it.</summary>
    internal static string TrustedImages => string.Join("\n---\n", Repositories.Where(r => r != Hub).Select(r => $$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: TrustedImage
        metadata: {name: {{TrustedImageOf(r)}} }
        spec:
          repositories: ["{{WrittenRepository(ImageNames.Cases.Last(c => c.Repository == r).Name)}}"]
          digests: [{digest: "{{Trusted}}", tags: ["1", latest]}]
        """));

    private static List<string> Repositories { get; } = [.. ImageNames.Cases.Select(c => c.Repository).OfType<string>().Distinct()];

    [Fact]
    public async Task Where_listed_images_are_required_each_is_judged_by_the_TrustedImage_of_its_repository()
    {
        var wrong = new List<string>();
        foreach (var (name, repository) in ImageNames.Cases)
        {
            var answer = await CreateAsync("strict", name);
            var expected = repository is null ? "has no name that can be read" : $"TrustedImage {TrustedImageOf(repository)} lists";
            // What begins or ends with a space is refused by the API server itself.
            if (!(answer.Code == 403 && answer.Message.Contains(expected, StringComparison.Ordinal)) && !(repository is null && answer.Code == 422))
                wrong.Add($"{name}: expected \"{expected}\", answered {answer.Code} {answer.Message}");
        }
        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task Where_tags_are_pinned_each_gets_the_digest_of_its_repository()
    {
        var wrong = new List<string>();
        foreach (var (name, repository) in ImageNames.Cases.Where(c => c.Repository is null || !c.Name.Contains('@')))
        {
            var tag = name[WrittenRepository(name).Length..].TrimStart(':');
            var expected = (repository, tag) switch
            {
                (null, _) => name,
                (Hub, "") => $"{name}@{Digest('e')}",
                (Hub, _) => name,
                (_, "" or "1") => $"{name}@{Trusted}",
                _ => name,
            };
            var answer = await CreateAsync("pinned", name);
            if (answer.Code != 422 && answer.Body["spec"]?["containers"]?[0]?["image"]?.ToString() != expected)
                wrong.Add($"{name}: expected {expected}, answered {answer.Code} {answer.Body.ToJsonString()}");
        }
        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task What_the_operators_token_pins_is_judged_by_the_TrustedImage_of_its_repository()
    {
        var cases = ImageNames.Cases.Where(c => c.Repository is not null && !c.Name.Contains('@')).ToList();
        var containers = new JsonArray([.. cases.Select((c, i) => (JsonNode)new JsonObject { ["name"] = $"c{i}", ["image"] = c.Name })]);
        var deployment = Installation.NewName("names");
        (await Installation.Administrator.CreateAsync("apis/apps/v1/namespaces/shop/deployments", $$"""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "{{deployment}}"}, "spec": {"selector": {"matchLabels": {"app": "names"} },
             "template": {"metadata": {"labels": {"app": "names"} }, "spec": {"containers": {{containers.ToJsonString()}} } } } }
            """)).ShouldBeAccepted();
        var wrong = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            Task<Answer> PinAsync(string digest) => Installation.Operator.PatchAsync($"apis/apps/v1/namespaces/shop/deployments/{deployment}?dryRun=All",
                $$"""{"spec": {"template": {"spec": {"containers": [{"name": "c{{i}}", "image": "{{cases[i].Name}}@{{digest}}"}]} } } }""");
            var refused = await PinAsync(Unlisted);
            if (!refused.Message.Contains($"TrustedImage {TrustedImageOf(cases[i].Repository!)} does not list", StringComparison.Ordinal))
                wrong.Add($"{cases[i].Name}: answered {refused.Code} {refused.Message}");
            if (await PinAsync(cases[i].Repository == Hub ? Digest('e') : Trusted) is { Code: > 299 } let)
                wrong.Add($"{cases[i].Name} with its digest: answered {let.Code} {let.Message}");
        }
        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task The_operators_token_pins_no_second_digest()
    {
        var workload = Workload.Of("Deployment");
        foreach (var (image, second) in new[] { ($"{Image}:1.4", $"{Image}:1.4@{Listed}@{Unlisted}"), ("elsewhere.example/tool:1", $"elsewhere.example/tool:1@{Listed}@{Unlisted}") })
        {
            var path = await workload.MakeAsync(Installation, image);
            (await Installation.Operator.PatchAsync(path, workload.Image(second))).Code.Should().Be(403);
        }
    }

    [Theory]
    [InlineData("REVOKED")]
    [InlineData("LISTED@REVOKED")]
    [InlineData("REVOKED@LISTED")]
    public async Task A_revoked_digest_is_found_wherever_it_is_written(string digests)
    {
        var image = $"{Image}@{digests.Replace("REVOKED", Revoked).Replace("LISTED", Listed)}";
        foreach (var spelled in (string[])[image, image.ToUpperInvariant()])
            (await CreateAsync("shop", spelled)).ShouldBeRefusedBy("immutable-recovery-revoked-images", "is revoked: CVE-2026-1");
        (await CreateAsync("shop", "x", Volume(image))).ShouldBeRefusedBy("immutable-recovery-revoked-images", "is revoked: CVE-2026-1");
    }

    [Fact]
    public async Task An_image_volume_is_judged_as_a_container_is()
    {
        (await CreateAsync("strict", "x", Volume($"{Image}:1.4"))).ShouldBeRefusedBy("immutable-recovery-listed-images", $"{Image}:1.4 is not a digest that TrustedImage cart lists");
        (await CreateAsync("strict", "x", Volume("a@b"))).ShouldBeRefusedBy("immutable-recovery-listed-images", "has no name that can be read");
        (await CreateAsync("strict", "x", Volume($"{Image}@{Listed}"))).ShouldBeAccepted();
    }

    [Fact]
    public async Task An_ephemeral_container_is_judged_by_the_canonical_name()
    {
        var pod = await Installation.MakePodAsync("x", ns: "strict");
        (await Installation.Bob.PatchAsync($"{pod}/ephemeralcontainers", $$"""{"spec": {"ephemeralContainers": [{"name": "debug", "image": "REGISTRY.test.example:443/cart:1.4"}]} }"""))
            .ShouldBeRefusedBy("immutable-recovery-listed-images", "is not a digest that TrustedImage cart lists");
    }

    [Fact]
    public async Task A_pod_of_many_containers_with_long_names_can_be_evaluated()
    {
        var containers = string.Join(", ", Enumerable.Range(0, 60).Select(i => $$"""{"name": "c{{i}}", "image": "elsewhere.example/{{new string('a', 200)}}/{{i}}:{{new string('b', 120)}}@{{Unlisted}}"}"""));
        (await CreateAsync("strict", "x", $$""", "initContainers": [{{containers}}]""")).ShouldBeAccepted();
        (await CreateAsync("pinned", "x", $$""", "initContainers": [{{containers.Replace($"@{Unlisted}", "")}}]""")).ShouldBeAccepted();
    }

    private Task<Answer> CreateAsync(string ns, string image, string spec = "") =>
        Installation.Bob.CreateAsync($"api/v1/namespaces/{ns}/pods?dryRun=All", Pod(Installation.NewName("pod"), JsonEncodedText.Encode(image).ToString(), spec: spec));

    private static string Volume(string image) => $$""", "volumes": [{"name": "files", "image": {"reference": "{{image}}", "pullPolicy": "IfNotPresent"} }]""";

    private static string TrustedImageOf(string repository) => repository == Hub ? "nginx" : $"names-{Repositories.IndexOf(repository)}";

    /// <summary>What is written before tag and digest.</summary>
    private static string WrittenRepository(string name)
    {
        name = name.Split('@')[0];
        return name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}
