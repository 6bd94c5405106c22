using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Patches;

public sealed class MergePatchTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task Null_removes_and_maps_merge()
    {
        await using var space = await cluster.NamespaceAsync();
        var map = Objects.ConfigMap("m", ("app", "cart"));
        map["data"] = Json.Object("""{"a": "1", "b": "2"}""");
        await space.CreateAsync(space.ConfigMaps, map);

        var patched = (await space.Api.MergeAsync($"{space.ConfigMaps}/m", Json.Object("""{"metadata": {"labels": null}, "data": {"a": null, "c": "3"}}"""))).Ok;

        patched.Labels.Should().BeNull();
        patched["data"]!.AsObject().Select(d => d.Key).Should().BeEquivalentTo("b", "c");
    }

    [Fact]
    public async Task Lists_are_replaced()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w", """{"parts": [{"name": "a"}, {"name": "b"}]}"""));

        var patched = (await space.Api.MergeAsync($"{space.WidgetsOf(cluster)}/w", Json.Object("""{"spec": {"parts": [{"name": "c"}]}}"""))).Ok;

        patched.Items("spec", "parts").Select(p => (p.Text("name"), p.TextAt("count"))).Should().Equal(("c", "1"));
    }

    [Fact]
    public async Task A_patch_that_changes_nothing_makes_no_new_version()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("m", ("app", "cart")));

        var patched = (await space.Api.MergeAsync($"{space.ConfigMaps}/m", Json.Object("""{"metadata": {"labels": {"app": "cart"}}}"""))).Ok;

        patched.ResourceVersion.Should().Be(made.ResourceVersion);
    }

    [Fact]
    public async Task Containers_merge_by_their_names_in_a_strategic_patch()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Deployments, Objects.Deployment("d"));

        var added = (await space.Api.StrategicAsync($"{space.Deployments}/d", Template("""[{"name": "side", "image": "registry.example/side:1"}]"""))).Ok;
        var changed = (await space.Api.StrategicAsync($"{space.Deployments}/d", Template("""[{"name": "main", "image": "registry.example/shop/cart:2"}]"""))).Ok;
        var removed = (await space.Api.StrategicAsync($"{space.Deployments}/d", Template("""[{"name": "side", "$patch": "delete"}]"""))).Ok;

        Images(added).Should().BeEquivalentTo("registry.example/shop/cart:1.4", "registry.example/side:1");
        Images(changed).Should().BeEquivalentTo("registry.example/shop/cart:2", "registry.example/side:1");
        Images(removed).Should().Equal("registry.example/shop/cart:2");
    }

    [Fact]
    public async Task A_merge_patch_of_containers_replaces_them_all()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Deployments, Objects.Deployment("d"));

        var patched = (await space.Api.MergeAsync($"{space.Deployments}/d", Template("""[{"name": "other", "image": "registry.example/other:1"}]"""))).Ok;

        Images(patched).Should().Equal("registry.example/other:1");
    }

    [Fact]
    public async Task A_custom_resource_takes_no_strategic_patch()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));

        var answer = await space.Api.StrategicAsync($"{space.WidgetsOf(cluster)}/w", new JsonObject());

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnsupportedMediaType, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: " +
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"));
    }

    [Fact]
    public async Task A_patch_of_no_known_type_is_refused()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("m"));

        var answer = await space.Api.SendAsync(HttpMethod.Patch, $"{space.ConfigMaps}/m", new JsonObject());

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnsupportedMediaType, "UnsupportedMediaType",
            "415: Unsupported Media Type"));
    }

    [Fact]
    public async Task What_does_not_exist_cannot_be_patched()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.MergeAsync($"{space.Leases}/none", new JsonObject());

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.NotFound, "NotFound", "leases.coordination.k8s.io \"none\" not found"));
    }

    [Fact]
    public async Task A_patch_cannot_rename()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("m"));

        var answer = await space.Api.MergeAsync($"{space.ConfigMaps}/m", Json.Object("""{"metadata": {"name": "n"}}"""));

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.BadRequest, "the name of the object (n) does not match the name on the URL (m)"));
    }

    private static JsonObject Template(string containers) => Json.Object($$$"""{"spec": {"template": {"spec": {"containers": {{{containers}}} } } } }""");

    private static IEnumerable<string> Images(JsonObject deployment) => deployment.Items("spec", "template", "spec", "containers").Select(c => c.TextAt("image"));
}
