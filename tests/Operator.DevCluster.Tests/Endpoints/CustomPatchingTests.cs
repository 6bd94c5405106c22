using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Tests.ManagedFields;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class CustomPatchingTests : IAsyncLifetime
{
    private const string Routes = "/apis/example.com/v1/namespaces/default/routes";

    private const string Definition = """
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "routes.example.com"},
          "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "routes", "kind": "Route"},
            "versions": [{
              "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {
                  "hops": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "cost": {"type": "integer"}, "note": {"type": "string"}}}
                  },
                  "tags": {"type": "array", "items": {"type": "string"}}
                }},
                "status": {"type": "object", "properties": {"phase": {"type": "string"}}}
              }}}
            }]
          }
        }
        """;

    private const string Route = """
        {"apiVersion": "example.com/v1", "kind": "Route", "metadata": {"name": "r"},
         "spec": {"hops": [{"name": "a", "cost": 1}, {"name": "b", "cost": 2}], "tags": ["x"]}}
        """;

    private EmbeddedCluster cluster = null!;
    private ApiClient api = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        api = new(cluster.Address);
        _ = (await api.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Parse(Definition))).Ok;
    }

    [Fact]
    public async Task A_custom_resource_takes_no_strategic_merge_patch()
    {
        await api.CreateAsync(Routes, Parse(Route));

        var answer = await api.SendAsync(HttpMethod.Patch, $"{Routes}/r", new JsonObject(), "application/strategic-merge-patch+json");

        (answer.Code, answer.Message).Should().Be((
            HttpStatusCode.UnsupportedMediaType,
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"));
    }

    [Fact]
    public async Task A_merge_patch_needs_no_version_and_replaces_lists()
    {
        await api.CreateAsync(Routes, Parse(Route));

        var patched = (await api.MergeAsync($"{Routes}/r", Parse("""{"spec": {"hops": [{"name": "c", "cost": 3}]}}"""))).Ok;

        patched.Items("spec", "hops").Select(h => h.Text("name")).Should().Equal("c");
        patched.Generation.Should().Be(2);
    }

    [Fact]
    public async Task A_merge_patch_of_the_status_changes_the_status_alone()
    {
        await api.CreateAsync(Routes, Parse(Route));

        var patched = (await api.MergeAsync($"{Routes}/r/status?fieldManager=c", Parse("""{"spec": {"tags": []}, "status": {"phase": "Open"}}"""))).Ok;

        (patched.TextAt("status", "phase"), patched.Generation).Should().Be(("Open", 1));
        patched.At("spec", "tags")!.AsArray().Should().HaveCount(1);
        Owners.Fields(patched, "c").Should().Be("""{"f:status":{".":{},"f:phase":{}}}""");
    }

    [Fact]
    public async Task Lists_are_applied_as_the_schema_says()
    {
        await ApplyAsync("a", Route);

        var applied = (await ApplyAsync("b", """
            {"apiVersion": "example.com/v1", "kind": "Route", "metadata": {"name": "r"}, "spec": {"hops": [{"name": "b", "note": "slow"}, {"name": "c", "cost": 3}]}}
            """)).Ok;
        var conflict = await ApplyAsync("b", """
            {"apiVersion": "example.com/v1", "kind": "Route", "metadata": {"name": "r"}, "spec": {"tags": ["y"]}}
            """);
        var left = (await ApplyAsync("b", """{"apiVersion": "example.com/v1", "kind": "Route", "metadata": {"name": "r"}}""")).Ok;

        applied.At("spec", "hops")!.ToJsonString().Should()
            .Be("""[{"name":"a","cost":1},{"name":"b","cost":2,"note":"slow"},{"name":"c","cost":3}]""");
        conflict.Message.Should().Be("Apply failed with 1 conflict: conflict with \"a\": .spec.tags");
        left.At("spec", "hops")!.ToJsonString().Should().Be("""[{"name":"a","cost":1},{"name":"b","cost":2}]""");
    }

    [Fact]
    public async Task Kubectl_applies_from_the_client_and_from_the_server()
    {
        using var kubectl = Kubectl.For(cluster);

        (await kubectl.OutputAsync("apply -f -", Route)).Should().Be("route.example.com/r created\n");
        (await kubectl.OutputAsync("apply -f -", Route.Replace("\"tags\": [\"x\"]", "\"tags\": [\"y\"]", StringComparison.Ordinal))).Should().Be("route.example.com/r configured\n");
        await kubectl.OutputAsync("apply --server-side -f -", Route.Replace(", \"tags\": [\"x\"]", "", StringComparison.Ordinal));
        await kubectl.OutputAsync("label route r a=b");

        var route = (await api.GetAsync($"{Routes}/r")).Ok;
        route.At("spec", "tags").Should().BeNull();
        route.Labels!.ToJsonString().Should().Be("""{"a":"b"}""");
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await cluster.DisposeAsync();
    }

    private Task<Answer> ApplyAsync(string manager, string configuration) =>
        api.SendAsync(HttpMethod.Patch, $"{Routes}/r?fieldManager={manager}", Parse(configuration), "application/apply-patch+yaml");

    private static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
