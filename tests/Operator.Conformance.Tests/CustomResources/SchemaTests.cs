using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.CustomResources;

public sealed class SchemaTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task What_is_left_out_is_defaulted()
    {
        await using var space = await cluster.NamespaceAsync();

        var made = await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", """{"parts": [{"name": "a"}, {"name": "b", "count": 2}]}"""));

        made.TextAt("spec", "size").Should().Be("3");
        made.Items("spec", "parts").Select(p => p.TextAt("count")).Should().Equal("1", "2");
    }

    [Fact]
    public async Task What_is_null_is_defaulted()
    {
        await using var space = await cluster.NamespaceAsync();

        (await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", """{"size": null}"""))).TextAt("spec", "size").Should().Be("3");
    }

    [Fact]
    public async Task What_the_schema_does_not_know_is_pruned_unless_it_preserves_it()
    {
        await using var space = await cluster.NamespaceAsync();

        var made = await space.CreateAsync(
            space.WidgetsOf(cluster), cluster.Widgets.Widget("w", """{"shape": "round", "anything": {"shape": {"corners": 0}}}"""));

        made["spec"]!.AsObject().ContainsKey("shape").Should().BeFalse();
        made.At("spec", "anything")!.ToJsonString().Should().Be("""{"shape":{"corners":0}}""");
    }

    [Theory]
    [InlineData("""{"weight": 11}""", "spec.weight: Invalid value: 11: spec.weight in body should be less than or equal to 10")]
    [InlineData("""{"weight": 0}""", "spec.weight: Invalid value: 0: spec.weight in body should be greater than or equal to 1")]
    [InlineData("""{"weight": "big"}""", "spec.weight: Invalid value: \"string\": spec.weight in body must be of type integer: \"string\"")]
    [InlineData("""{"size": -1}""", ".spec.size: Invalid value: -1: should be a non-negative integer")]
    [InlineData(
        """{"size": "big"}""",
        "[spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\", " +
        ".spec.size: Invalid value: 0: .spec.size accessor error: big is of the type string, expected int64]")]
    [InlineData("""{"colour": "blue"}""", "spec.colour: Unsupported value: \"blue\": supported values: \"red\", \"green\"")]
    [InlineData("""{"code": "A1"}""", "spec.code: Invalid value: \"A1\": spec.code in body should match '^[a-z]+$'")]
    [InlineData("""{"code": "abcde"}""", "spec.code: Too long: may not be more than 4 bytes")]
    [InlineData("""{"tags": ["a", "b", "c", "d"]}""", "spec.tags: Too many: 4: must have at most 3 items")]
    [InlineData("""{"tags": ["a", "a"]}""", "spec.tags[1]: Duplicate value: \"a\"")]
    [InlineData("""{"parts": [{"name": "a"}, {"name": "a"}]}""", "spec.parts[1]: Duplicate value: {\"name\":\"a\"}")]
    [InlineData("""{"parts": [{}]}""", "spec.parts[0].name: Required value")]
    public async Task A_violation_is_named_by_its_field(string spec, string why)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", spec));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid", $"Widget.{cluster.Widgets.Group} \"w\" is invalid: {why}"));
        (answer.Json.TextAt("details", "group"), answer.Json.TextAt("details", "kind")).Should().Be((cluster.Widgets.Group, "Widget"));
    }

    [Fact]
    public async Task All_violations_are_told_at_once()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", """{"weight": 11, "colour": "blue"}"""));

        answer.Json.Items("details", "causes").Select(c => (c.Text("reason"), c.Text("field"))).Should().BeEquivalentTo(
            [("FieldValueInvalid", "spec.weight"), ("FieldValueNotSupported", "spec.colour")]);
        answer.Message.Should().StartWith($"Widget.{cluster.Widgets.Group} \"w\" is invalid: [").And.EndWith("]");
    }

    [Fact]
    public async Task A_body_says_what_it_is()
    {
        await using var space = await cluster.NamespaceAsync();
        var widget = cluster.Widgets.Widget("w");
        widget.Remove("kind");

        var answer = await space.Api.CreateAsync(space.WidgetsOf(cluster), widget);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.BadRequest, "BadRequest"));
        answer.Message.Should().StartWith("the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in ");
    }

    [Fact]
    public async Task A_required_field_is_missed()
    {
        await using var space = await cluster.NamespaceAsync();
        var widget = cluster.Widgets.Widget("w");
        widget.Remove("spec");

        var answer = await space.Api.CreateAsync(space.WidgetsOf(cluster), widget);

        (answer.Code, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, $"Widget.{cluster.Widgets.Group} \"w\" is invalid: spec: Required value"));
    }

    [Fact]
    public async Task An_update_and_a_patch_are_validated_likewise()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        made["spec"]!["weight"] = 11;

        var updated = await space.Api.UpdateAsync($"{space.WidgetsOf(cluster)}/w", made);
        var patched = await space.Api.MergeAsync($"{space.WidgetsOf(cluster)}/w", Json.Object("""{"spec": {"weight": 11}}"""));
        var status = await space.Api.MergeAsync($"{space.WidgetsOf(cluster)}/w/status", Json.Object("""{"status": {"phase": 7}}"""));

        string invalid = $"Widget.{cluster.Widgets.Group} \"w\" is invalid: ";
        updated.Message.Should().Be($"{invalid}spec.weight: Invalid value: 11: spec.weight in body should be less than or equal to 10");
        patched.Message.Should().Be(updated.Message);
        status.Message.Should().Be($"{invalid}status.phase: Invalid value: \"integer\": phase in body must be of type string: \"integer\"");
    }
}
