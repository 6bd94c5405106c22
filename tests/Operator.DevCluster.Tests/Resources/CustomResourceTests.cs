using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Resources;

public sealed class CustomResourceTests : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Widgets = "/apis/example.com/v1/namespaces/default/widgets";

    private EmbeddedCluster cluster = null!;
    private ApiClient api = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        api = new(cluster.Address);
        _ = (await api.CreateAsync(Definitions, Definition())).Ok;
    }

    [Fact]
    public async Task A_definition_is_established_and_served_at_once()
    {
        var definition = (await api.GetAsync($"{Definitions}/widgets.example.com")).Ok;
        definition.Items("status", "conditions").Should().Contain(c => c.Text("type") == "Established" && c.Text("status") == "True");

        (await api.CreateAsync(Widgets, Widget("w"))).Code.Should().Be(HttpStatusCode.Created);
        (await api.GetAsync("/apis/example.com/v1")).Ok.Items("resources").Select(r => r.Text("name")).Should().Equal("widgets", "widgets/status", "widgets/scale");
        (await api.GetAsync("/apis")).Ok.Items("groups").Should().Contain(g => g.Text("name") == "example.com");
    }

    [Fact]
    public async Task The_status_of_a_custom_resource_is_its_own()
    {
        var widget = Widget("w");
        widget["status"] = new JsonObject { ["phase"] = "Forged" };
        var made = (await api.CreateAsync(Widgets, widget)).Ok;
        made.ContainsKey("status").Should().BeFalse();
        made.Generation.Should().Be(1);

        made["status"] = new JsonObject { ["phase"] = "Ready" };
        made["spec"]!["size"] = 9;
        made.EnsureMetadata()["labels"] = new JsonObject { ["a"] = "b" };
        var updated = (await api.UpdateAsync($"{Widgets}/w/status", made)).Ok;

        updated.TextAt("status", "phase").Should().Be("Ready");
        updated.TextAt("spec", "size").Should().Be("3");
        updated.Labels.Should().BeNull();
        updated.Generation.Should().Be(1);
    }

    [Fact]
    public async Task An_update_of_a_custom_resource_must_name_the_version_it_replaces()
    {
        var made = (await api.CreateAsync(Widgets, Widget("w"))).Ok;
        made.EnsureMetadata().Remove("resourceVersion");

        var answer = await api.UpdateAsync($"{Widgets}/w", made);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Contain("metadata.resourceVersion: Invalid value: 0: must be specified for an update");
    }

    [Fact]
    public async Task Printer_columns_are_the_columns_of_its_table()
    {
        var made = (await api.CreateAsync(Widgets, Widget("w"))).Ok;
        made["status"] = JsonNode.Parse("""{"conditions": [{"type": "Ready", "status": "True"}]}""");
        await api.UpdateAsync($"{Widgets}/w/status", made);

        var table = (await api.SendAsync(HttpMethod.Get, Widgets, accept: "application/json;as=Table;v=v1;g=meta.k8s.io")).Ok;

        table.Items("columnDefinitions").Select(c => c.Text("name")).Should().Equal("Name", "Size", "Ready", "Age");
        table.Items("rows").Single()["cells"]!.AsArray().Select(c => c?.ToString()).Take(3).Should().Equal("w", "3", "True");
    }

    [Fact]
    public async Task The_scale_of_a_custom_resource_stands_where_its_definition_says()
    {
        await api.CreateAsync(Widgets, Widget("w"));

        var scale = (await api.UpdateAsync($"{Widgets}/w/scale", new JsonObject { ["spec"] = new JsonObject { ["replicas"] = 7 } })).Ok;

        scale.TextAt("spec", "replicas").Should().Be("7");
        (await api.GetAsync($"{Widgets}/w")).Ok.TextAt("spec", "size").Should().Be("7");
    }

    [Fact]
    public async Task A_definition_takes_its_objects_with_it()
    {
        await api.CreateAsync(Widgets, Widget("w"));

        await api.DeleteAsync($"{Definitions}/widgets.example.com");

        await Waiting.UntilAsync(async () => (await api.GetAsync(Widgets)).Code == HttpStatusCode.NotFound, "the resource is no longer served");
        (await api.CreateAsync(Definitions, Definition())).Code.Should().Be(HttpStatusCode.Created);
        (await api.GetAsync(Widgets)).Ok.Items("items").Should().BeEmpty();
    }

    private static JsonObject Widget(string name)
    {
        var widget = Objects.Of("example.com/v1", "Widget", name);
        widget["spec"] = new JsonObject { ["size"] = 3 };
        return widget;
    }

    private static JsonObject Definition() => (JsonObject)JsonNode.Parse("""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"},
          "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{
              "name": "v1", "served": true, "storage": true,
              "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
              "additionalPrinterColumns": [
                {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
                {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
              ],
              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
              }}}
            }]
          }
        }
        """)!;

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await cluster.DisposeAsync();
    }
}
