using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Writes;

public sealed class DryRunTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_creation_is_answered_as_if_and_nothing_is_stored()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.CreateAsync($"{space.WidgetsOf(cluster)}?dryRun=All", cluster.Widgets.Widget("w"));

        answer.Code.Should().Be(HttpStatusCode.Created);
        var would = answer.Ok;
        (would.TextAt("spec", "size"), would.Generation, would.ResourceVersion).Should().Be(("3", 1, ""));
        would.Uid.Should().NotBeEmpty();
        (await space.Api.GetAsync($"{space.WidgetsOf(cluster)}/w")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_creation_that_would_be_refused_is_refused()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var taken = await space.Api.CreateAsync($"{space.Leases}?dryRun=All", TestNamespace.Lease("a"));
        var invalid = await space.Api.CreateAsync($"{space.WidgetsOf(cluster)}?dryRun=All", cluster.Widgets.Widget("w", """{"weight": 11}"""));

        (taken.Code, taken.Reason).Should().Be((HttpStatusCode.Conflict, "AlreadyExists"));
        (invalid.Code, invalid.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
    }

    [Fact]
    public async Task An_update_is_answered_as_if_and_nothing_is_stored()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        var next = made.Clone();
        next["spec"]!["size"] = 5;

        var would = (await space.Api.UpdateAsync($"{space.WidgetsOf(cluster)}/w?dryRun=All", next)).Ok;

        (would.TextAt("spec", "size"), would.Generation, would.ResourceVersion).Should().Be(("5", 2, made.ResourceVersion));
        await UnchangedAsync(space, $"{space.WidgetsOf(cluster)}/w", made);
    }

    [Fact]
    public async Task A_patch_is_answered_as_if_and_nothing_is_stored()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        string path = $"{space.WidgetsOf(cluster)}/w";

        var would = (await space.Api.MergeAsync($"{path}?dryRun=All", Json.Object("""{"spec": {"size": 5}}"""))).Ok;
        var status = (await space.Api.MergeAsync($"{path}/status?dryRun=All", Json.Object("""{"status": {"phase": "Done"}}"""))).Ok;

        (would.TextAt("spec", "size"), would.Generation).Should().Be(("5", 2));
        status.TextAt("status", "phase").Should().Be("Done");
        await UnchangedAsync(space, path, made);
    }

    [Fact]
    public async Task An_apply_that_would_create_stores_nothing()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.ApplyAsync($"{space.ConfigMaps}/a?fieldManager=me&dryRun=All", Objects.ConfigMap("a", ("k", "v")));

        answer.Code.Should().Be(HttpStatusCode.Created);
        answer.Ok.Labels!.Text("k").Should().Be("v");
        (await space.Api.GetAsync($"{space.ConfigMaps}/a")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_deletion_is_answered_as_if_and_nothing_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        var pod = await space.CreatePodAsync("p", "some-node");

        var ofLease = (await space.Api.DeleteAsync($"{space.Leases}/a?dryRun=All")).Ok;
        var ofPod = (await space.Api.DeleteAsync($"{space.Pods}/p", Json.Object("""{"dryRun": ["All"]}"""))).Ok;

        (ofLease.Kind, ofLease.Text("status"), ofLease.TextAt("details", "uid")).Should().Be(("Status", "Success", lease.Uid));
        (ofPod.Kind, ofPod.IsTerminating).Should().Be(("Pod", true));
        await UnchangedAsync(space, $"{space.Leases}/a", lease);
        await UnchangedAsync(space, $"{space.Pods}/p", pod);
    }

    [Fact]
    public async Task A_deletion_that_would_be_refused_is_refused()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.DeleteAsync($"{space.Leases}/a", Json.Object("""{"dryRun": ["All"], "preconditions": {"uid": "another"}}"""));

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
    }

    [Fact]
    public async Task A_deletion_of_many_is_answered_as_if_and_nothing_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));

        var would = (await space.Api.DeleteAsync($"{space.Leases}?dryRun=All")).Ok;

        would.Items("items").Select(i => i.Name).Should().Equal("a", "b");
        (await space.NamesAsync(space.Leases)).Should().Equal("a", "b");
    }

    [Fact]
    public async Task The_options_in_the_body_of_a_deletion_take_the_place_of_the_query()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        await space.Api.DeleteAsync($"{space.Leases}/a?dryRun=All", new JsonObject());

        (await space.Api.GetAsync($"{space.Leases}/a")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("POST", "CreateOptions")]
    [InlineData("PUT", "UpdateOptions")]
    [InlineData("PATCH", "PatchOptions")]
    [InlineData("DELETE", "DeleteOptions")]
    public async Task A_dry_run_is_whole_or_none(string method, string options)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("a"));
        string path = method == "POST" ? space.ConfigMaps : $"{space.ConfigMaps}/a";
        var body = method == "DELETE" ? null : Objects.ConfigMap("a");

        var answer = await space.Api.SendAsync(
            new(method), $"{path}?dryRun=Some", body, method == "PATCH" ? "application/merge-patch+json" : "application/json");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid",
            $"{options}.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\""));
    }

    private static async Task UnchangedAsync(TestNamespace space, string path, JsonObject made) =>
        JsonNode.DeepEquals((await space.Api.GetAsync(path)).Ok, made).Should().BeTrue();
}
