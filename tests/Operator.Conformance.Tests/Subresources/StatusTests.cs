using System.Net;

namespace Operator.Conformance.Tests.Subresources;

public sealed class StatusTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task What_is_new_has_no_status_of_its_authors()
    {
        await using var space = await cluster.NamespaceAsync();
        var widget = cluster.Widgets.Widget("w");
        widget["status"] = Json.Object("""{"phase": "Forged"}""");

        (await space.Api.CreateAsync(space.WidgetsOf(cluster), widget)).Ok.ContainsKey("status").Should().BeFalse();
    }

    [Fact]
    public async Task A_write_of_the_object_leaves_the_status()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        var made = (await space.Api.MergeAsync($"{path}/status", Json.Object("""{"status": {"phase": "Done"}}"""))).Ok;
        made["status"] = Json.Object("""{"phase": "Forged"}""");
        made["spec"]!["size"] = 4;

        var updated = (await space.Api.UpdateAsync(path, made)).Ok;
        var patched = (await space.Api.MergeAsync(path, Json.Object("""{"status": {"phase": "Forged"}, "spec": {"size": 5}}"""))).Ok;

        (updated.TextAt("status", "phase"), updated.TextAt("spec", "size")).Should().Be(("Done", "4"));
        (patched.TextAt("status", "phase"), patched.TextAt("spec", "size")).Should().Be(("Done", "5"));
    }

    [Fact]
    public async Task A_write_of_the_status_of_a_custom_resource_leaves_all_else()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        var made = await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));
        made["status"] = Json.Object("""{"phase": "Done"}""");
        made["spec"]!["size"] = 9;
        made.EnsureMetadata()["labels"] = Json.Object("""{"k": "v"}""");

        var updated = (await space.Api.UpdateAsync($"{path}/status", made)).Ok;
        var patched = (await space.Api.MergeAsync($"{path}/status", Json.Object("""{"status": {"size": 2}, "spec": {"size": 9}}"""))).Ok;

        (updated.TextAt("status", "phase"), updated.TextAt("spec", "size"), updated.Generation).Should().Be(("Done", "3", 1));
        updated.Labels.Should().BeNull();
        (patched.TextAt("status", "phase"), patched.TextAt("status", "size"), patched.TextAt("spec", "size")).Should().Be(("Done", "2", "3"));
    }

    [Fact]
    public async Task A_write_of_the_status_of_a_workload_leaves_its_spec()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Deployments, Objects.Deployment("d"));

        var patched = (await space.Api.MergeAsync($"{space.Deployments}/d/status", Json.Object("""{"spec": {"replicas": 9}, "status": {"replicas": 4}}"""))).Ok;

        (patched.TextAt("spec", "replicas"), patched.TextAt("status", "replicas"), patched.Generation).Should().Be(("1", "4", 1));
    }

    [Fact]
    public async Task The_generation_counts_changes_of_what_is_asked_for_alone()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));

        var labelled = (await space.Api.MergeAsync(path, Json.Object("""{"metadata": {"labels": {"k": "v"}}}"""))).Ok;
        var changed = (await space.Api.MergeAsync(path, Json.Object("""{"spec": {"size": 4}}"""))).Ok;
        var reported = (await space.Api.MergeAsync($"{path}/status", Json.Object("""{"status": {"size": 4}}"""))).Ok;
        var forged = (await space.Api.MergeAsync(path, Json.Object("""{"metadata": {"generation": 77}}"""))).Ok;

        (labelled.Generation, changed.Generation, reported.Generation, forged.Generation).Should().Be((1, 2, 2, 2));
    }

    [Fact]
    public async Task The_scale_shows_and_sets_the_replicas()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.WidgetsOf(cluster)}/w";
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));

        var scaled = (await space.Api.MergeAsync($"{path}/scale", Json.Object("""{"spec": {"replicas": 7}}"""))).Ok;

        (scaled.Kind, scaled.ApiVersion, scaled.TextAt("spec", "replicas")).Should().Be(("Scale", "autoscaling/v1", "7"));
        var widget = (await space.Api.GetAsync(path)).Ok;
        (widget.TextAt("spec", "size"), widget.Generation).Should().Be(("7", 2));
    }

    [Fact]
    public async Task What_has_no_status_of_its_own_has_no_such_path()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.GetAsync($"{space.Leases}/a/status");

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource"));
    }
}
