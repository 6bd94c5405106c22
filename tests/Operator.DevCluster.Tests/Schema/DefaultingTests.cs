using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

public sealed class DefaultingTests
{
    private const string Spec = """
        {
          "type": "object",
          "properties": {
            "mode": {"type": "string", "default": "Observe"},
            "note": {"type": "string", "nullable": true, "default": "none"},
            "plain": {"type": "string"},
            "limits": {"type": "object", "default": {}, "properties": {"most": {"type": "integer", "default": 3}}},
            "contact": {"type": "object", "properties": {"channel": {"type": "string", "default": "mail"}}},
            "steps": {"type": "array", "items": {"type": "object", "properties": {"retries": {"type": "integer", "default": 1}}}},
            "byName": {"type": "object", "additionalProperties": {"type": "object", "properties": {"weight": {"type": "integer", "default": 10}}}}
          }
        }
        """;

    [Theory]
    [InlineData("{}", """{"mode": "Observe", "note": "none", "limits": {"most": 3}}""")]
    [InlineData("""{"limits": {}}""", """{"limits": {"most": 3}, "mode": "Observe", "note": "none"}""")]
    [InlineData("""{"mode": null, "plain": null, "limits": null}""", """{"mode": "Observe", "limits": {"most": 3}, "note": "none"}""")]
    [InlineData("""{"note": null}""", """{"note": null, "mode": "Observe", "limits": {"most": 3}}""")]
    [InlineData("""{"contact": {}}""", """{"contact": {"channel": "mail"}, "mode": "Observe", "note": "none", "limits": {"most": 3}}""")]
    [InlineData("""{"steps": [{}, {"retries": 2}]}""", """{"steps": [{"retries": 1}, {"retries": 2}], "mode": "Observe", "note": "none", "limits": {"most": 3}}""")]
    [InlineData("""{"byName": {"a": {}}}""", """{"byName": {"a": {"weight": 10}}, "mode": "Observe", "note": "none", "limits": {"most": 3}}""")]
    public async Task What_is_left_out_is_filled_in(string given, string stored)
    {
        await using var server = await SchemaServer.StartAsync(Spec);

        var spec = await server.StoreAsync(given);

        JsonNode.DeepEquals(spec, JsonNode.Parse(stored)).Should().BeTrue("of {0}", spec);
    }

    [Fact]
    public async Task What_an_update_leaves_out_is_filled_in_again()
    {
        await using var server = await SchemaServer.StartAsync(Spec);
        var made = (await server.CreateAsync("""{"mode": "Recover"}""")).Ok;
        made["spec"] = new JsonObject();

        var updated = (await server.Api.UpdateAsync($"{SchemaServer.Gadgets}/g", made)).Ok;

        updated.TextAt("spec", "mode").Should().Be("Observe");
        updated.Generation.Should().Be(2);
    }

    [Fact]
    public async Task Defaults_of_the_status_come_with_a_write_of_the_status()
    {
        await using var server = await SchemaServer.StartAsync(Spec, """{"type": "object", "properties": {"phase": {"type": "string", "default": "New"}}}""");
        var made = (await server.CreateAsync("{}")).Ok;
        made.ContainsKey("status").Should().BeFalse();
        made["status"] = new JsonObject();

        var updated = (await server.Api.UpdateAsync($"{SchemaServer.Gadgets}/g/status", made)).Ok;

        updated.TextAt("status", "phase").Should().Be("New");
        updated.Generation.Should().Be(1);
    }
}
