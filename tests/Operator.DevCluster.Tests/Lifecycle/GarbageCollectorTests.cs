using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Lifecycle;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Tests.Lifecycle;

public sealed class GarbageCollectorTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Dependents_go_when_their_last_owner_is_gone()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var first = (await api.CreateAsync(path, Objects.ConfigMap("first"))).Ok;
        var second = (await api.CreateAsync(path, Objects.ConfigMap("second"))).Ok;
        await api.CreateAsync(path, Owned("child", first, second));

        await api.DeleteAsync($"{path}/first");
        await Waiting.UntilAsync(async () => (await api.GetAsync($"{path}/child")).Ok.OwnerReferences!.Count == 1, "the reference to the absent owner is dropped");
        await api.DeleteAsync($"{path}/second");

        await GoneAsync($"{path}/child");
    }

    [Fact]
    public async Task A_dependent_of_an_owner_that_never_was_is_removed()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var absent = Objects.ConfigMap("absent");
        absent.EnsureMetadata()["uid"] = Guid.NewGuid().ToString();

        await api.CreateAsync(path, Owned("child", absent));

        await GoneAsync($"{path}/child");
    }

    [Fact]
    public async Task Orphaning_keeps_the_dependents_and_drops_their_reference()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var owner = (await api.CreateAsync(path, Objects.ConfigMap("owner"))).Ok;
        await api.CreateAsync(path, Owned("child", owner));

        await api.DeleteAsync($"{path}/owner", new JsonObject { ["propagationPolicy"] = "Orphan" });

        await GoneAsync($"{path}/owner");
        (await api.GetAsync($"{path}/child")).Ok.OwnerReferences.Should().BeNull();
    }

    [Fact]
    public async Task A_foreground_deletion_waits_for_the_dependents()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var owner = (await api.CreateAsync(path, Objects.ConfigMap("owner"))).Ok;
        var child = Owned("child", owner);
        child.EnsureMetadata()["finalizers"] = new JsonArray("example.com/hold");
        child = (await api.CreateAsync(path, child)).Ok;

        await api.DeleteAsync($"{path}/owner", new JsonObject { ["propagationPolicy"] = "Foreground" });
        await Waiting.UntilAsync(async () => (await api.GetAsync($"{path}/child")).Ok.IsTerminating, "the dependent is being deleted");
        (await api.GetAsync($"{path}/owner")).Ok.IsTerminating.Should().BeTrue();
        child = (await api.GetAsync($"{path}/child")).Ok;
        child.EnsureMetadata().Remove("finalizers");
        await api.UpdateAsync($"{path}/child", child);

        await GoneAsync($"{path}/owner");
    }

    [Fact]
    public void A_collector_that_lags_behind_collects_nothing_that_is_still_owned()
    {
        ObjectStore store = new(historyLength: 100);
        ObjectRegistry registry = new(store, TimeProvider.System);
        ObjectDeletion deletion = new(registry, TimeProvider.System);
        ResourceCatalog catalog = new(store);
        List<(string Resource, StorageEvent Written)> commits = [];
        store.Committed += (resource, written) => commits.Add((resource, written));
        var maps = catalog.Find("", "v1", "configmaps")!;
        registry.Create(catalog.Find("", "v1", "namespaces")!, Objects.Of("v1", "Namespace", "default"), new());
        JsonObject Create(JsonObject map)
        {
            map.EnsureMetadata()["namespace"] = "default";
            return registry.Create(maps, map, new()).Json;
        }
        var first = Create(Objects.ConfigMap("first"));
        Create(Owned("child", first));
        var second = Create(Objects.ConfigMap("second"));
        registry.Update(maps, new("default", "child"), json => With(json, Owned("child", first, second).OwnerReferences!), new());
        deletion.Delete(maps, new("default", "first"), new());

        GarbageCollector collector = new(registry, deletion, catalog);
        commits.ToList().ForEach(c => collector.Follow(c.Resource, c.Written));

        registry.Get(maps, new("default", "child")).Json.OwnerReferences!.Single()!["uid"]!.GetValue<string>().Should().Be(second.Uid);
    }

    [Fact]
    public async Task What_is_owned_by_a_kind_that_is_not_served_stays()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var absent = Objects.ConfigMap("absent");
        absent.EnsureMetadata()["uid"] = Guid.NewGuid().ToString();
        var child = Owned("child", absent);
        child.OwnerReferences!.Single()!["kind"] = "Unheard";

        await api.CreateAsync(path, child);
        await api.CreateAsync(path, Owned("later", absent));
        await GoneAsync($"{path}/later");

        (await api.GetAsync($"{path}/child")).Code.Should().Be(HttpStatusCode.OK);
    }

    private static JsonObject With(JsonObject json, JsonArray owners)
    {
        json.EnsureMetadata()["ownerReferences"] = owners.DeepClone();
        return json;
    }

    private static JsonObject Owned(string name, params JsonObject[] owners)
    {
        var map = Objects.ConfigMap(name);
        map.EnsureMetadata()["ownerReferences"] = new JsonArray([.. owners.Select(o => new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = o.Name, ["uid"] = o.Uid, ["blockOwnerDeletion"] = true,
        })]);
        return map;
    }

    private Task GoneAsync(string path) =>
        Waiting.UntilAsync(async () => (await api.GetAsync(path)).Code == HttpStatusCode.NotFound, $"{path} is gone");
}
