using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.CustomResources;

public sealed class ProjectDefinitionsTests(ConformanceCluster cluster, ProjectDefinitions definitions) : IClassFixture<ProjectDefinitions>
{
    [Fact]
    public async Task All_of_them_are_discovered()
    {
        definitions.Plurals.Should().HaveCount(7);
        await Waiting.UntilAsync(
            async () => (await cluster.Api.GetAsync(definitions.Root)) is { Code: HttpStatusCode.OK } found
                && definitions.Plurals.All(p => found.Json.Items("resources").Any(r => r.Text("name") == p)),
            "every definition is discovered");
    }

    [Theory]
    [InlineData("trustedimages", "TrustedImage", "{}", "spec.repositories: Required value")]
    [InlineData(
        "trustedimages", "TrustedImage", """{"repositories": ["Registry.example/Cart"]}""",
        "spec.repositories[0]: Invalid value: \"Registry.example/Cart\": spec.repositories[0] in body should match " +
        "'^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(:[1-9][0-9]{0,4})?/)?[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*)*$'")]
    [InlineData(
        "trustedimages", "TrustedImage", """{"repositories": ["registry.example/cart"], "digests": [{"digest": "sha256:12"}]}""",
        "spec.digests[0].digest: Invalid value: \"sha256:12\": spec.digests[0].digest in body should match '^sha256:[0-9a-f]{64}$'")]
    [InlineData("trustedimages", "TrustedImage", """{"repositories": []}""", "spec.repositories: Invalid value: 0: spec.repositories in body should have at least 1 items")]
    [InlineData(
        "securityfindings", "SecurityFinding", """{"rule": "r", "severity": "Bad"}""",
        "spec.severity: Unsupported value: \"Bad\": supported values: \"Informational\", \"Low\", \"Medium\", \"High\", \"Critical\"")]
    public async Task A_field_that_is_wrong_is_named(string plural, string kind, string spec, string why)
    {
        await using var space = await cluster.NamespaceAsync();
        var json = Objects.Of($"{definitions.Group}/v1alpha1", kind, "a");
        json["spec"] = JsonNode.Parse(spec);
        string path = plural == "trustedimages" ? $"{definitions.Root}/{plural}" : $"{definitions.Root}/namespaces/{space.Name}/{plural}";

        var answer = await space.Api.CreateAsync(path, json);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        // Where CEL is evaluated it says that it was not.
        answer.Json.Items("details", "causes").Select(c => $"{c.Text("field")}: {c.Text("message")}").Should().Contain(why);
    }
}
