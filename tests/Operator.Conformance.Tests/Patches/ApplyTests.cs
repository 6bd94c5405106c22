using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Patches;

public sealed class ApplyTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task Applying_what_does_not_exist_creates_it()
    {
        await using var space = await cluster.NamespaceAsync();

        var made = await ApplyAsync(space, "a", """{"k": "1"}""");

        made.Code.Should().Be(HttpStatusCode.Created);
        var entry = made.Ok.Items("metadata", "managedFields").Should().ContainSingle().Subject;
        (entry.Text("manager"), entry.Text("operation"), entry["fieldsV1"]!.ToJsonString()).Should().Be(("a", "Apply", """{"f:data":{"f:k":{}}}"""));
    }

    [Fact]
    public async Task A_field_of_another_manager_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1"}""");

        var answer = await ApplyAsync(space, "b", """{"k": "2"}""");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "Conflict", "Apply failed with 1 conflict: conflict with \"a\": .data.k"));
        var cause = answer.Json.Items("details", "causes").Should().ContainSingle().Subject;
        (cause.Text("reason"), cause.Text("message"), cause.Text("field")).Should().Be(("FieldManagerConflict", "conflict with \"a\"", ".data.k"));
    }

    [Fact]
    public async Task Several_conflicts_are_told_by_manager()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1", "l": "1"}""");
        await ApplyAsync(space, "b", """{"m": "1"}""");

        var answer = await ApplyAsync(space, "c", """{"k": "2", "l": "2", "m": "2"}""");

        answer.Code.Should().Be(HttpStatusCode.Conflict);
        answer.Message.Should().Be("Apply failed with 3 conflicts: conflicts with \"a\":\n- .data.k\n- .data.l\nconflicts with \"b\":\n- .data.m");
    }

    [Fact]
    public async Task A_field_that_was_updated_by_hand_conflicts_and_says_when()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1"}""");
        await space.Api.MergeAsync($"{space.ConfigMaps}/m?fieldManager=hand", Json.Object("""{"data": {"k": "2"}}"""));

        var answer = await ApplyAsync(space, "a", """{"k": "3"}""");

        answer.Code.Should().Be(HttpStatusCode.Conflict);
        answer.Message.Should().MatchRegex("^Apply failed with 1 conflict: conflict with \"hand\" using v1( at [-0-9T:]+Z)?: \\.data\\.k$");
    }

    [Fact]
    public async Task Force_takes_the_field()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1", "l": "1"}""");

        var forced = (await ApplyAsync(space, "b", """{"k": "2"}""", "&force=true")).Ok;

        forced.TextAt("data", "k").Should().Be("2");
        Fields(forced, "a").Should().Be("""{"f:data":{"f:l":{}}}""");
        Fields(forced, "b").Should().Be("""{"f:data":{"f:k":{}}}""");
    }

    [Fact]
    public async Task The_same_value_is_owned_together()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1"}""");
        _ = (await ApplyAsync(space, "b", """{"k": "1"}""")).Ok;

        var left = (await ApplyAsync(space, "a", data: null)).Ok;

        left.TextAt("data", "k").Should().Be("1", "the other owner keeps it");
        left.Items("metadata", "managedFields").Select(m => m.Text("manager")).Should().Equal("b");
    }

    [Fact]
    public async Task A_field_that_is_applied_no_more_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "a", """{"k": "1", "l": "1"}""");

        (await ApplyAsync(space, "a", """{"k": "1"}""")).Ok["data"]!.ToJsonString().Should().Be("""{"k":"1"}""");
    }

    [Fact]
    public async Task Applying_the_same_again_makes_no_new_version()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = (await ApplyAsync(space, "a", """{"k": "1"}""")).Ok;

        var again = await ApplyAsync(space, "a", """{"k": "1"}""");

        (again.Code, again.Ok.ResourceVersion).Should().Be((HttpStatusCode.OK, made.ResourceVersion));
    }

    [Fact]
    public async Task Items_of_keyed_lists_are_owned_each()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        await space.Api.ApplyAsync($"{path}?fieldManager=a", cluster.Widgets.Widget("w", """{"parts": [{"name": "x", "count": 2}]}"""));

        var both = (await space.Api.ApplyAsync($"{path}?fieldManager=b", cluster.Widgets.Widget("w", """{"parts": [{"name": "y", "count": 5}]}"""))).Ok;
        var conflict = await space.Api.ApplyAsync($"{path}?fieldManager=b", cluster.Widgets.Widget("w", """{"parts": [{"name": "x", "count": 3}]}"""));

        both.Items("spec", "parts").Select(p => p.Text("name")).Should().Equal("x", "y");
        conflict.Message.Should().Be("Apply failed with 1 conflict: conflict with \"a\": .spec.parts[name=\"x\"].count");
    }

    [Fact]
    public async Task The_status_is_applied_by_itself()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        var configuration = Objects.Of($"{cluster.Widgets.Group}/v1", "Widget", "w");
        configuration["status"] = Json.Object("""{"phase": "Done"}""");

        var applied = (await space.Api.ApplyAsync($"{path}/status?fieldManager=a", configuration)).Ok;

        applied.TextAt("status", "phase").Should().Be("Done");
        applied.Items("metadata", "managedFields").Should().ContainSingle(m => m.Text("manager") == "a" && m.Text("subresource") == "status");
    }

    [Fact]
    public async Task An_apply_says_who_it_is()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.ApplyAsync($"{space.ConfigMaps}/m", Objects.ConfigMap("m"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"));
    }

    [Fact]
    public async Task Only_an_apply_can_be_forced()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("m"));

        var answer = await space.Api.MergeAsync($"{space.ConfigMaps}/m?force=true", new JsonObject());

        (answer.Code, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch"));
    }

    [Fact]
    public async Task A_configuration_lists_no_managed_fields()
    {
        await using var space = await cluster.NamespaceAsync();
        var configuration = (await ApplyAsync(space, "a", """{"k": "1"}""")).Ok;

        var answer = await space.Api.ApplyAsync($"{space.ConfigMaps}/m?fieldManager=a", configuration);

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.BadRequest, "metadata.managedFields must be nil"));
    }

    [Theory]
    [InlineData("v2", "ConfigMap", "/v2, Kind=ConfigMap")]
    [InlineData("v1", "Secret", "/v1, Kind=Secret")]
    [InlineData("apps/v1", "Deployment", "apps/v1, Kind=Deployment")]
    public async Task A_configuration_is_of_the_type_of_its_path(string apiVersion, string kind, string type)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.ApplyAsync($"{space.ConfigMaps}/m?fieldManager=a", Objects.Of(apiVersion, kind, "m"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.BadRequest, "BadRequest", $"invalid object type: {type}"));
    }

    [Fact]
    public async Task A_configuration_has_no_fields_that_its_type_does_not_have()
    {
        await using var space = await cluster.NamespaceAsync();
        var configuration = Objects.Of("v1", "ConfigMap", "m");
        configuration["datum"] = "x";

        var ofBuiltin = await space.Api.ApplyAsync($"{space.ConfigMaps}/m?fieldManager=a", configuration);
        var ofCustom = await space.Api.ApplyAsync($"{space.WidgetsOf(cluster)}/w?fieldManager=a", cluster.Widgets.Widget("w", """{"shape": "round"}"""));

        (ofBuiltin.Code, ofBuiltin.Message).Should().Be((
            HttpStatusCode.InternalServerError, "failed to create typed patch object (/m; /v1, Kind=ConfigMap): .datum: field not declared in schema"));
        (ofCustom.Code, ofCustom.Message).Should().Be((
            HttpStatusCode.InternalServerError,
            $"failed to create typed patch object (/w; {cluster.Widgets.Group}/v1, Kind=Widget): .spec.shape: field not declared in schema"));
    }

    [Fact]
    public async Task A_configuration_with_another_uid_makes_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var configuration = Objects.ConfigMap("m");
        configuration.EnsureMetadata()["uid"] = "another";

        var answer = await space.Api.ApplyAsync($"{space.ConfigMaps}/m?fieldManager=a", configuration);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        answer.Message.Should().Be(
            "Operation cannot be fulfilled on configmaps \"m\": uid mismatch: the provided object specified uid another, and no existing object was found");
    }

    private static Task<Answer> ApplyAsync(TestNamespace space, string manager, string? data, string options = "")
    {
        var map = Objects.Of("v1", "ConfigMap", "m");
        if (data is not null)
            map["data"] = Json.Object(data);
        return space.Api.ApplyAsync($"{space.ConfigMaps}/m?fieldManager={manager}{options}", map);
    }

    private static string? Fields(JsonObject json, string manager) =>
        json.Items("metadata", "managedFields").Single(m => m.Text("manager") == manager)["fieldsV1"]?.ToJsonString();
}
