using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

public sealed class PruningTests
{
    private const string Spec = """
        {
          "type": "object",
          "properties": {
            "a": {"type": "string"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string"}}}},
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"c": {"type": "string"}}}},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"known": {"type": "object", "properties": {"d": {"type": "string"}}}}},
            "template": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}
          }
        }
        """;

    [Theory]
    [InlineData("""{"a": "1", "x": 1}""", """{"a": "1"}""")]
    [InlineData("""{"list": [{"b": "1", "x": 1}]}""", """{"list": [{"b": "1"}]}""")]
    [InlineData("""{"map": {"one": {"c": "1", "x": 1}}}""", """{"map": {"one": {"c": "1"}}}""")]
    [InlineData("""{"any": {"x": {"y": 1}, "known": {"d": "1", "x": 1}}}""", """{"any": {"x": {"y": 1}, "known": {"d": "1"}}}""")]
    [InlineData(
        """{"template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "x": 1}, "spec": {"x": 1}, "x": 1}}""",
        """{"template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"x": 1}}}""")]
    public async Task Fields_that_the_schema_does_not_know_are_dropped(string given, string stored)
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        var spec = await server.StoreAsync(given);

        JsonNode.DeepEquals(spec, JsonNode.Parse(stored)).Should().BeTrue("of {0}", spec);
    }

    [Fact]
    public async Task An_embedded_resource_names_its_kind()
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        var answer = await server.CreateAsync("""{"template": {"kind": ""}}""");

        answer.Message.Should().Contain("[spec.template.apiVersion: Required value, spec.template.kind: Invalid value: \"\": must not be empty]");
    }

    [Fact]
    public async Task An_unknown_field_is_refused_when_the_client_is_strict()
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        var answer = await server.CreateAsync("""{"list": [{"x": 1}], "foo": 1}""", "?fieldValidation=Strict");

        answer.Code.Should().Be(HttpStatusCode.BadRequest);
        answer.Message.Should().Be(
            "Gadget in version \"v1\" cannot be handled as a Gadget: strict decoding error: unknown field \"spec.foo\", unknown field \"spec.list[0].x\"");
        (await server.Api.GetAsync($"{SchemaServer.Gadgets}/g")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("", new[] { "299 - \"unknown field \\\"metadata.foo\\\"\"", "299 - \"unknown field \\\"spec.foo\\\"\"" })]
    [InlineData("?fieldValidation=Warn", new[] { "299 - \"unknown field \\\"metadata.foo\\\"\"", "299 - \"unknown field \\\"spec.foo\\\"\"" })]
    [InlineData("?fieldValidation=Ignore", new string[0])]
    public async Task An_unknown_field_is_warned_of_unless_the_client_does_not_care(string query, string[] warnings)
    {
        await using var server = await SchemaServer.StartAsync(Spec);
        var gadget = SchemaServer.Gadget("g", """{"foo": 1}""");
        gadget["metadata"]!["foo"] = 1;

        var answer = await server.Api.CreateAsync(SchemaServer.Gadgets + query, gadget);

        answer.Code.Should().Be(HttpStatusCode.Created);
        answer.Warnings.Should().Equal(warnings);
    }

    [Fact]
    public async Task A_directive_that_is_none_is_refused()
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        (await server.CreateAsync("{}", "?fieldValidation=Maybe")).Message.Should().Contain("fieldValidation: Unsupported value: \"Maybe\"");
    }

    [Fact]
    public async Task The_status_is_pruned_when_it_is_written()
    {
        await using var server = await SchemaServer.StartAsync(Spec, """{"type": "object", "properties": {"phase": {"type": "string"}}}""");
        var made = (await server.CreateAsync("{}")).Ok;
        made["status"] = JsonNode.Parse("""{"phase": "New", "x": 1}""");

        var updated = (await server.Api.UpdateAsync($"{SchemaServer.Gadgets}/g/status", made)).Ok;

        updated["status"]!.ToJsonString().Should().Be("""{"phase":"New"}""");
    }

    [Fact]
    public async Task A_patch_drops_and_fills_in_and_is_validated_like_any_write()
    {
        await using var server = await SchemaServer.StartAsync(
            """{"type": "object", "properties": {"a": {"type": "string", "default": "1"}, "b": {"type": "integer"}}}""");
        _ = (await server.CreateAsync("{}")).Ok;
        string path = $"{SchemaServer.Gadgets}/g";

        var patched = await server.Api.MergeAsync(path, JsonNode.Parse("""{"spec": {"a": null, "b": 2, "x": 1}}""")!);
        patched.Ok["spec"]!.ToJsonString().Should().Be("""{"b":2,"a":"1"}""");
        patched.Warnings.Should().Equal("299 - \"unknown field \\\"spec.x\\\"\"");

        var wrong = await server.Api.MergeAsync(path, JsonNode.Parse("""{"spec": {"b": "two"}}""")!);
        wrong.Message.Should().Contain("spec.b: Invalid value: \"string\": spec.b in body must be of type integer: \"string\"");

        var strict = await server.Api.MergeAsync($"{path}?fieldValidation=Strict", JsonNode.Parse("""{"spec": {"x": 1}}""")!);
        strict.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        strict.Message.Should().StartWith(" \"\" is invalid: patch: Invalid value: \"{").And.EndWith(": strict decoding error: unknown field \"spec.x\"");
    }

    [Fact]
    public async Task An_apply_with_an_unknown_field_is_refused_whatever_the_client_asks()
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        var answer = await server.Api.SendAsync(
            HttpMethod.Patch, $"{SchemaServer.Gadgets}/g?fieldManager=me&fieldValidation=Ignore", SchemaServer.Gadget("g", """{"a": "1", "foo": 1}"""),
            "application/apply-patch+yaml");

        answer.Code.Should().Be(HttpStatusCode.InternalServerError);
        answer.Message.Should().Be(
            "failed to create typed patch object (/g; example.com/v1, Kind=Gadget): .spec.foo: field not declared in schema");
    }

    [Fact]
    public async Task What_is_filled_in_is_not_the_applier_s()
    {
        await using var server = await SchemaServer.StartAsync(
            """{"type": "object", "properties": {"a": {"type": "string", "default": "1"}, "b": {"type": "integer"}}}""");

        var applied = (await server.Api.SendAsync(
            HttpMethod.Patch, $"{SchemaServer.Gadgets}/g?fieldManager=me", SchemaServer.Gadget("g", """{"b": 2}"""), "application/apply-patch+yaml")).Ok;

        applied["spec"]!.ToJsonString().Should().Be("""{"b":2,"a":"1"}""");
        applied.Items("metadata", "managedFields").Single().At("fieldsV1")!.ToJsonString().Should().Be("""{"f:spec":{"f:b":{}}}""");
    }
}
