using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Watches;

public sealed class WatchTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_watch_from_a_resource_version_tells_every_change_since_in_order()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("before"));
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        made["spec"] = new JsonObject { ["holderIdentity"] = "me" };
        var changed = (await space.Api.UpdateAsync($"{space.Leases}/a", made)).Ok;
        await space.Api.DeleteAsync($"{space.Leases}/a");

        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true&resourceVersion={version}", 3);

        events.Select(e => (e.Text("type"), e.Object.Name)).Should().Equal(("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a"));
        events[0].Object.ResourceVersion.Should().Be(made.ResourceVersion);
        events[1].Object.ResourceVersion.Should().Be(changed.ResourceVersion);
        events[2].Object.TextAt("spec", "holderIdentity").Should().Be("me", "a deletion tells the last state");
        long.Parse(events[2].Object.ResourceVersion).Should().BeGreaterThan(long.Parse(changed.ResourceVersion), "at the moment of the deletion");
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task A_watch_from_nowhere_tells_what_there_is_as_added(string from)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));
        await space.Api.GetAsync(space.Leases);

        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true{from}", 2);

        events.Select(e => (e.Text("type"), e.Object.Name)).Should().BeEquivalentTo([("ADDED", "a"), ("ADDED", "b")]);
    }

    [Fact]
    public async Task An_object_that_ceases_to_match_labels_is_deleted_for_the_watcher()
    {
        await using var space = await cluster.NamespaceAsync();
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a", ("app", "till")));
        await LabelAsync(space, "cart");
        var last = await LabelAsync(space, "till");
        await LabelAsync(space, "cart");

        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true&labelSelector=app%3Dcart&resourceVersion={version}", 3);

        events.Select(e => (e.Text("type"), e.Object.Labels!.Text("app"))).Should().Equal(("ADDED", "cart"), ("DELETED", "cart"), ("ADDED", "cart"));
        events[1].Object.ResourceVersion.Should().Be(last.ResourceVersion, "the last state that matched comes at the version of the one that does not");
    }

    [Fact]
    public async Task An_object_that_ceases_to_match_a_field_is_deleted_for_the_watcher()
    {
        await using var space = await cluster.NamespaceAsync();
        string version = (await space.Api.GetAsync(space.Pods)).Ok.ResourceVersion;
        await space.CreatePodAsync("p");
        await space.CreatePodAsync("later");
        (await space.Api.CreateAsync($"{space.Pods}/p/binding", Bind("p", "some-node"))).Code.Should().Be(System.Net.HttpStatusCode.Created);

        var events = await space.Api.TakeAsync($"{space.Pods}?watch=true&fieldSelector=spec.nodeName%3D&resourceVersion={version}", 3);

        events.Select(e => (e.Text("type"), e.Object.Name)).Should().Equal(("ADDED", "p"), ("ADDED", "later"), ("DELETED", "p"));
        events[2].Object.TextAt("spec", "nodeName").Should().BeEmpty();
    }

    [Fact]
    public async Task A_custom_resource_that_gets_a_value_in_an_empty_selected_field_is_deleted_for_the_watcher()
    {
        await using var space = await cluster.NamespaceAsync();
        var widgets = space.WidgetsOf(cluster);
        string version = (await space.Api.GetAsync(widgets)).Ok.ResourceVersion;
        await space.CreateAsync(widgets, cluster.Widgets.Widget("a"));
        foreach (string phase in (string[])["\"Old\"", "null"])
            _ = (await space.Api.MergeAsync($"{widgets}/a/status", Json.Object($$$"""{"status": {"phase": {{{phase}}} } }"""))).Ok;

        var events = await space.Api.TakeAsync($"{widgets}?watch=true&fieldSelector=status.phase%3D&resourceVersion={version}", 3);

        events.Select(e => e.Text("type")).Should().Equal("ADDED", "DELETED", "ADDED");
    }

    [Fact]
    public async Task A_watch_of_one_name_hears_of_no_other()
    {
        await using var space = await cluster.NamespaceAsync();
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        foreach (string name in (string[])["a", "b", "c"])
            await space.CreateAsync(space.Leases, TestNamespace.Lease(name));
        await space.Api.DeleteAsync($"{space.Leases}/b");

        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true&fieldSelector=metadata.name%3Db&resourceVersion={version}", 2);

        events.Select(e => (e.Text("type"), e.Object.Name)).Should().Equal(("ADDED", "b"), ("DELETED", "b"));
    }

    private static JsonObject Bind(string pod, string node)
    {
        var binding = Objects.Of("v1", "Binding", pod);
        binding["target"] = new JsonObject { ["kind"] = "Node", ["name"] = node };
        return binding;
    }

    private static async Task<JsonObject> LabelAsync(TestNamespace space, string app) =>
        (await space.Api.MergeAsync($"{space.Leases}/a", Json.Object($$$"""{"metadata": {"labels": {"app": "{{{app}}}"} } }"""))).Ok;
}
