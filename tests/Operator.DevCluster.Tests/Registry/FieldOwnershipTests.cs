using System.Text.Json.Nodes;
using Operator.DevCluster.Tests.ManagedFields;

namespace Operator.DevCluster.Tests.Registry;

public sealed class FieldOwnershipTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Whoever_creates_an_object_owns_what_it_set_and_its_defaults()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";

        var made = (await api.CreateAsync($"{path}?fieldManager=hand", Objects.Deployment("cart"))).Ok;

        var entry = made.Items("metadata", "managedFields").Single();
        (entry.Text("manager"), entry.Text("operation"), entry.Text("apiVersion"), entry.Text("fieldsType"), entry.Text("time")).Should()
            .Be(("hand", "Update", "apps/v1", "FieldsV1", made.TextAt("metadata", "creationTimestamp")));
        var fields = (JsonObject)entry["fieldsV1"]!;
        fields.Select(f => f.Key).Should().Equal("f:spec");
        fields.At("f:spec", "f:selector")!.ToJsonString().Should().Be("{}");
        fields.At("f:spec", "f:replicas").Should().NotBeNull();
        Owners.Sorted(fields.At("f:spec", "f:template", "f:metadata")).Should().Be("""{"f:labels":{".":{},"f:app":{}}}""");
        var container = fields.At("f:spec", "f:template", "f:spec", "f:containers", """k:{"name":"main"}""") as JsonObject;
        container!.Select(f => f.Key).Should().Contain([".", "f:name", "f:image", "f:imagePullPolicy"]);
    }

    [Fact]
    public async Task Whoever_changes_a_field_takes_it_over()
    {
        string path = await ConfigMapAsync("a", """{"k": "1", "l": "1"}""");

        var changed = (await api.MergeAsync($"{path}?fieldManager=b", Parse("""{"data": {"k": "2", "m": "2"}}"""))).Ok;

        Owners.Fields(changed, "a").Should().Be("""{"f:data":{".":{},"f:l":{}}}""");
        Owners.Fields(changed, "b").Should().Be("""{"f:data":{"f:k":{},"f:m":{}}}""");
    }

    [Fact]
    public async Task Whoever_owns_nothing_any_more_is_no_longer_named()
    {
        string path = await ConfigMapAsync("a", """{"k": "1"}""");

        var changed = (await api.MergeAsync($"{path}?fieldManager=b", Parse("""{"data": null}"""))).Ok;

        changed.At("metadata", "managedFields").Should().BeNull();
    }

    [Fact]
    public async Task What_changes_nothing_changes_no_owner()
    {
        string path = await ConfigMapAsync("a", """{"k": "1"}""");
        var before = (await api.GetAsync(path)).Ok;

        var after = (await api.MergeAsync($"{path}?fieldManager=b", Parse("""{"data": {"k": "1"}}"""))).Ok;

        after.ToJsonString().Should().Be(before.ToJsonString());
    }

    [Fact]
    public async Task Writes_to_a_subresource_are_an_entry_of_their_own()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        await api.CreateAsync($"{path}?fieldManager=a", Objects.Deployment("cart"));

        await api.MergeAsync($"{path}/cart/status?fieldManager=a", Parse("""{"status": {"conditions": [{"type": "Available", "status": "True"}]}}"""));
        await api.MergeAsync($"{path}/cart/scale?fieldManager=a", Parse("""{"spec": {"replicas": 3}}"""));

        var entries = (await api.GetAsync($"{path}/cart")).Ok.Items("metadata", "managedFields").ToDictionary(e => e.Text("subresource") ?? "");
        entries.Keys.Should().BeEquivalentTo("", "status", "scale");
        Owners.Sorted(entries["status"]["fieldsV1"]).Should()
            .Be("""{"f:status":{"f:conditions":{".":{},"k:{\u0022type\u0022:\u0022Available\u0022}":{".":{},"f:status":{},"f:type":{}}}}}""");
        entries["scale"]["fieldsV1"]!.ToJsonString().Should().Be("""{"f:spec":{"f:replicas":{}}}""");
        entries[""].At("fieldsV1", "f:spec", "f:replicas").Should().BeNull();
    }

    [Fact]
    public async Task Nobody_owns_the_node_of_a_pod()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var made = (await api.CreateAsync($"{path}?fieldManager=a", Objects.Pod("p"))).Ok;

        _ = (await api.CreateAsync($"{path}/p/binding", Parse("""
            {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "node-1"}}
            """))).Ok;

        var bound = (await api.GetAsync($"{path}/p")).Ok;
        bound.TextAt("spec", "nodeName").Should().Be("node-1");
        bound.At("metadata", "managedFields")!.ToJsonString().Should().Be(made.At("metadata", "managedFields")!.ToJsonString());
    }

    [Fact]
    public async Task An_update_that_leaves_managedFields_out_keeps_them()
    {
        string path = await ConfigMapAsync("a", """{"k": "1"}""");
        var map = (await api.GetAsync(path)).Ok;
        map.EnsureMetadata().Remove("managedFields");
        map["data"]!["l"] = "2";

        var updated = (await api.UpdateAsync($"{path}?fieldManager=b", map)).Ok;

        Owners.Fields(updated, "a").Should().Be("""{"f:data":{".":{},"f:k":{}}}""");
        Owners.Fields(updated, "b").Should().Be("""{"f:data":{"f:l":{}}}""");
    }

    [Fact]
    public async Task An_empty_entry_resets_and_the_next_apply_starts_anew()
    {
        string path = await ConfigMapAsync("a", """{"k": "1"}""");

        var reset = (await api.MergeAsync($"{path}?fieldManager=b", Parse("""{"metadata": {"managedFields": [{}]}}"""))).Ok;
        var changed = (await api.MergeAsync($"{path}?fieldManager=b", Parse("""{"data": {"l": "2"}}"""))).Ok;
        var applied = (await api.SendAsync(
            HttpMethod.Patch, $"{path}?fieldManager=c", Parse("""{"apiVersion": "v1", "kind": "ConfigMap", "data": {"m": "3"}}"""), "application/apply-patch+yaml")).Ok;

        reset.At("metadata", "managedFields").Should().BeNull();
        changed.At("metadata", "managedFields").Should().BeNull();
        Owners.Fields(applied, "before-first-apply").Should().Be("""{"f:data":{".":{},"f:k":{},"f:l":{}}}""");
        Owners.Fields(applied, "c").Should().Be("""{"f:data":{"f:m":{}}}""");
    }

    private async Task<string> ConfigMapAsync(string manager, string data)
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var map = Objects.Of("v1", "ConfigMap", "m");
        map["data"] = Parse(data);
        _ = (await api.CreateAsync($"{path}?fieldManager={manager}", map)).Ok;
        return $"{path}/m";
    }

    private static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
