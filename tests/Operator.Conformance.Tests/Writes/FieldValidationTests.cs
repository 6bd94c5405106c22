using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Writes;

/// <summary>Fields that a resource does not have.</summary>
public sealed class FieldValidationTests(ConformanceCluster cluster)
{
    private const string Spec = """{"size": 4, "shape": "round", "parts": [{"name": "a", "weight": 3}]}""";

    [Fact]
    public async Task Unknown_fields_of_a_custom_resource_are_dropped_with_a_warning_each()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", Spec));

        answer.Ok["spec"]!.ToJsonString().Should().NotContainAny("shape", "weight");
        answer.Warnings.Should().Equal("299 - \"unknown field \\\"spec.parts[0].weight\\\"\"", "299 - \"unknown field \\\"spec.shape\\\"\"");
    }

    [Fact]
    public async Task They_are_refused_where_that_is_asked_for()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync($"{space.WidgetsOf(cluster)}?fieldValidation=Strict", cluster.Widgets.Widget("w", Spec));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest",
            "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.parts[0].weight\", unknown field \"spec.shape\""));
    }

    [Fact]
    public async Task They_are_dropped_in_silence_where_that_is_asked_for()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync($"{space.WidgetsOf(cluster)}?fieldValidation=Ignore", cluster.Widgets.Widget("w", Spec));

        answer.Ok["spec"]!.ToJsonString().Should().NotContain("shape");
        answer.Warnings.Should().BeEmpty();
    }

    [Fact]
    public async Task Unknown_fields_of_a_builtin_resource_are_dropped_with_a_warning_each()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync(space.Deployments, Misspelt());

        answer.Ok["spec"]!.ToJsonString().Should().NotContainAny("replica\"", "imag\"");
        answer.Warnings.Should().BeEquivalentTo(
            "299 - \"unknown field \\\"spec.replica\\\"\"", "299 - \"unknown field \\\"spec.template.spec.containers[0].imag\\\"\"");
    }

    [Fact]
    public async Task Unknown_fields_of_a_builtin_resource_are_refused_where_that_is_asked_for()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync($"{space.Deployments}?fieldValidation=Strict", Misspelt());

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.BadRequest, "BadRequest"));
        answer.Message.Should().StartWith("Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: ")
            .And.Contain("unknown field \"spec.replica\"").And.Contain("unknown field \"spec.template.spec.containers[0].imag\"");
    }

    [Theory]
    [InlineData("""{"replicas": "three"}""", "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("""{"replicas": 2.5}""", "cannot unmarshal number 2.5 into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("""{"paused": "yes"}""", "cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool")]
    [InlineData(
        """{"template": {"spec": {"containers": "main"}}}""",
        "cannot unmarshal string into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container")]
    [InlineData(
        """{"template": {"metadata": {"labels": []}}}""",
        "cannot unmarshal array into Go struct field ObjectMeta.spec.template.metadata.labels of type map[string]string")]
    [InlineData(
        """{"template": {"spec": {"containers": [{"name": "main", "image": 7}]}}}""",
        "cannot unmarshal number into Go struct field Container.spec.template.spec.containers.image of type string")]
    public async Task A_value_of_the_wrong_type_cannot_be_handled(string spec, string why)
    {
        await using var space = await cluster.NamespaceAsync();
        var deployment = Objects.Of("apps/v1", "Deployment", "d");
        deployment["spec"] = JsonNode.Parse(spec);
        await space.CreateAsync(space.Deployments, Objects.Deployment("e"));

        var created = await space.Api.CreateAsync(space.Deployments, deployment);
        var patched = await space.Api.MergeAsync($"{space.Deployments}/e", new JsonObject { ["spec"] = JsonNode.Parse(spec) });

        (created.Code, created.Reason, created.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", $"Deployment in version \"v1\" cannot be handled as a Deployment: json: {why}"));
        (patched.Code, patched.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        patched.Message.Should().StartWith(" \"\" is invalid: patch: Invalid value: ").And.EndWith($": json: {why}");
    }

    [Theory]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/strategic-merge-patch+json")]
    public async Task A_patch_with_unknown_fields_is_invalid_where_that_is_asked_for(string type)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Deployments, Objects.Deployment("d"));
        var patch = Json.Object("""{"spec": {"replica": 2}}""");

        var warned = await space.Api.SendAsync(HttpMethod.Patch, $"{space.Deployments}/d", patch, type);
        var refused = await space.Api.SendAsync(HttpMethod.Patch, $"{space.Deployments}/d?fieldValidation=Strict", patch, type);

        warned.Code.Should().Be(HttpStatusCode.OK);
        warned.Warnings.Should().Equal("299 - \"unknown field \\\"spec.replica\\\"\"");
        (refused.Code, refused.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        refused.Message.Should().Contain("patch: Invalid value: ").And.EndWith(": strict decoding error: unknown field \"spec.replica\"");
    }

    [Fact]
    public async Task Another_directive_is_refused_with_those_there_are()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync($"{space.Leases}?fieldValidation=Harsh", TestNamespace.Lease("a"));

        (answer.Code, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity,
            "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Harsh\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""));
    }

    private static JsonObject Misspelt()
    {
        var deployment = Objects.Deployment("d");
        deployment["spec"]!["replica"] = 2;
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["imag"] = "x";
        return deployment;
    }
}
