using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

/// <summary>A definition that changes while objects of it exist.</summary>
public sealed class SchemaChangeTests
{
    private const string Free = """{"type": "object", "properties": {"x": {"type": "string"}, "old": {"type": "string"}, "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "string"}}}}}}""";
    private const string Strict = """{"type": "object", "required": ["need"], "properties": {"x": {"type": "string", "enum": ["A"]}, "y": {"type": "integer", "default": 5}, "need": {"type": "string"}, "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "string", "enum": ["A"]}}}}}}""";

    [Fact]
    public async Task What_was_stored_reads_by_the_new_schema_at_the_revision_it_had()
    {
        await using var server = await SchemaServer.StartAsync(Free);
        var made = (await server.CreateAsync("""{"x": "B", "old": "1"}""")).Ok;

        await ChangeAsync(server);

        var read = (await server.Api.GetAsync($"{SchemaServer.Gadgets}/g")).Ok;
        read["spec"]!.ToJsonString().Should().Be("""{"x":"B","y":5}""");
        read.ResourceVersion.Should().Be(made.ResourceVersion);
        (await server.Api.GetAsync(SchemaServer.Gadgets)).Ok.Items("items").Single().TextAt("spec", "y").Should().Be("5");
    }

    [Fact]
    public async Task A_watch_goes_on_over_the_change()
    {
        await using var server = await SchemaServer.StartAsync(Free);
        var made = (await server.CreateAsync("""{"x": "A"}""")).Ok;
        await ChangeAsync(server);
        _ = (await server.Api.MergeAsync($"{SchemaServer.Gadgets}/g", JsonNode.Parse("""{"spec": {"need": "1"}}""")!)).Ok;

        var events = await server.Api.TakeAsync($"{SchemaServer.Gadgets}?watch=true&resourceVersion={made.ResourceVersion}", 1);

        events.Single().Text("type").Should().Be("MODIFIED");
        ((JsonObject)events.Single()["object"]!)["spec"]!.ToJsonString().Should().Be("""{"x":"A","y":5,"need":"1"}""");
    }

    [Theory]
    [InlineData("""{"metadata": {"labels": {"a": "b"}}}""")]
    [InlineData("""{"spec": {"need": "1"}}""")]
    [InlineData("""{"spec": {"need": "1", "map": [{"k": "2", "v": "A"}, {"k": "1", "v": "B"}]}}""")]
    public async Task What_no_longer_fits_may_stay_as_it_is(string change)
    {
        await using var server = await SchemaServer.StartAsync(Free);
        _ = (await server.CreateAsync("""{"x": "B", "map": [{"k": "1", "v": "B"}]}""")).Ok;
        await ChangeAsync(server);

        (await server.Api.MergeAsync($"{SchemaServer.Gadgets}/g", JsonNode.Parse(change)!)).Code.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("""{"spec": {"need": "1", "x": "C"}}""", "spec.x: Unsupported value: \"C\": supported values: \"A\"")]
    [InlineData("""{"spec": {"y": 6}}""", "spec.need: Required value")]
    [InlineData("""{"spec": {"need": "1", "map": [{"k": "1", "v": "C"}]}}""", "spec.map[0].v: Unsupported value: \"C\": supported values: \"A\"")]
    public async Task What_changes_must_fit(string change, string message)
    {
        await using var server = await SchemaServer.StartAsync(Free);
        _ = (await server.CreateAsync("""{"x": "B", "map": [{"k": "1", "v": "B"}]}""")).Ok;
        await ChangeAsync(server);

        (await server.Api.MergeAsync($"{SchemaServer.Gadgets}/g", JsonNode.Parse(change)!)).Message.Should().Be($"Gadget.example.com \"g\" is invalid: {message}");
    }

    private static async Task ChangeAsync(SchemaServer server)
    {
        string path = $"{SchemaServer.Definitions}/gadgets.example.com";
        var definition = (await server.Api.GetAsync(path)).Ok;
        definition["spec"] = SchemaServer.Definition(Strict)["spec"]!.DeepClone();
        _ = (await server.Api.UpdateAsync(path, definition)).Ok;
    }
}
