using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class WatchingTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_watch_goes_on_from_the_resource_version_of_a_list()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("before"));
        string version = (await api.GetAsync(path)).Ok.ResourceVersion;

        var made = (await api.CreateAsync(path, Objects.ConfigMap("after"))).Ok;
        made["data"] = new JsonObject { ["k"] = "v" };
        await api.UpdateAsync($"{path}/after", made);
        await api.DeleteAsync($"{path}/after");

        var events = await api.TakeAsync($"{path}?watch=true&resourceVersion={version}", 3);
        events.Select(e => (e.Text("type"), ((JsonObject)e["object"]!).Name))
            .Should().Equal(("ADDED", "after"), ("MODIFIED", "after"), ("DELETED", "after"));
        events.Select(e => long.Parse(((JsonObject)e["object"]!).ResourceVersion)).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task A_watch_from_zero_begins_with_what_exists()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("a"));
        await api.CreateAsync(path, Objects.ConfigMap("b"));

        var events = await api.TakeAsync($"{path}?watch=true&resourceVersion=0", 2);

        events.Select(e => e.Text("type")).Should().Equal("ADDED", "ADDED");
    }

    [Fact]
    public async Task An_object_that_ceases_to_match_is_deleted_for_the_watcher()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var made = (await api.CreateAsync(path, Objects.ConfigMap("m", ("app", "cart")))).Ok;
        made.Labels!["app"] = "other";
        await api.UpdateAsync($"{path}/m", made);
        made = (await api.GetAsync($"{path}/m")).Ok;
        made.Labels!["app"] = "cart";
        await api.UpdateAsync($"{path}/m", made);

        string from = ((long.Parse(made.ResourceVersion)) - 1).ToString();
        var events = await api.TakeAsync($"{path}?watch=true&labelSelector=app%3Dcart&resourceVersion={from}", 2);

        events.Select(e => e.Text("type")).Should().Equal("DELETED", "ADDED");
    }

    [Fact]
    public async Task A_resource_version_that_is_compacted_is_gone_within_the_stream()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using ApiClient own = new(cluster.Address);
        string version = (await own.GetAsync("/api/v1/namespaces")).Ok.ResourceVersion;
        await own.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", "later"));
        cluster.Server.Store.Compact();

        var events = await own.TakeAsync($"/api/v1/namespaces?watch=true&resourceVersion={version}", 1);

        events[0].Text("type").Should().Be("ERROR");
        events[0]["object"]!["code"]!.GetValue<int>().Should().Be(410);
        events[0]["object"]!["reason"]!.GetValue<string>().Should().Be("Expired");
    }

    [Fact]
    public async Task A_watch_list_ends_its_initial_events_with_an_annotated_bookmark()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("a"));

        var events = await api.TakeAsync($"{path}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan", 2);

        events.Select(e => e.Text("type")).Should().Equal("ADDED", "BOOKMARK");
        ((JsonObject)events[1]["object"]!).Annotations!.Text("k8s.io/initial-events-end").Should().Be("true");
    }

    [Fact]
    public async Task A_watch_that_times_out_ends_with_a_bookmark()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        string version = (await api.GetAsync(path)).Ok.ResourceVersion;

        var events = await api.TakeAsync($"{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion={version}", 10);

        events.Select(e => e.Text("type")).Should().Equal("BOOKMARK");
    }
}
