using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Tests.ManagedFields;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class ApplyingTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Applying_what_does_not_exist_creates_it()
    {
        string path = await PathAsync();

        var made = await ApplyAsync(path, "a", """{"data": {"k": "1"}}""");

        made.Code.Should().Be(HttpStatusCode.Created);
        made.Ok.Items("metadata", "managedFields").Should().ContainSingle(m =>
            m.Text("manager") == "a" && m.Text("operation") == "Apply" && m["fieldsV1"]!.ToJsonString() == """{"f:data":{"f:k":{}}}""");
    }

    [Fact]
    public async Task Applying_the_same_again_makes_no_new_version()
    {
        string path = await PathAsync();
        var made = (await ApplyAsync(path, "a", """{"data": {"k": "1"}}""")).Ok;

        var again = await ApplyAsync(path, "a", """{"data": {"k": "1"}}""");

        again.Code.Should().Be(HttpStatusCode.OK);
        again.Ok.ResourceVersion.Should().Be(made.ResourceVersion);
    }

    [Fact]
    public async Task Applying_again_without_a_field_removes_it()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"metadata": {"labels": {"x": "y"}}, "data": {"k": "1", "l": "2"}}""");

        var applied = (await ApplyAsync(path, "a", """{"data": {"k": "1"}}""")).Ok;

        applied["data"]!.ToJsonString().Should().Be("""{"k":"1"}""");
        applied.Labels.Should().BeNull();
    }

    [Fact]
    public async Task Applying_again_without_a_field_leaves_it_where_another_manager_owns_it()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"data": {"k": "1", "l": "2"}}""");
        _ = (await ApplyAsync(path, "b", """{"data": {"l": "2"}}""")).Ok;

        var applied = (await ApplyAsync(path, "a", """{"data": {"k": "1"}}""")).Ok;

        applied["data"]!.ToJsonString().Should().Be("""{"k":"1","l":"2"}""");
        Owners.Fields(applied, "a").Should().Be("""{"f:data":{"f:k":{}}}""");
        Owners.Fields(applied, "b").Should().Be("""{"f:data":{"f:l":{}}}""");
    }

    [Fact]
    public async Task Applying_a_field_of_another_manager_conflicts()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"data": {"k": "1"}}""");

        var answer = await ApplyAsync(path, "b", """{"data": {"k": "2"}}""");

        (answer.Code, answer.Reason, answer.Message).Should()
            .Be((HttpStatusCode.Conflict, "Conflict", "Apply failed with 1 conflict: conflict with \"a\": .data.k"));
        var cause = answer.Json.Items("details", "causes").Single();
        (cause.Text("reason"), cause.Text("message"), cause.Text("field")).Should().Be(("FieldManagerConflict", "conflict with \"a\"", ".data.k"));
    }

    [Fact]
    public async Task Applying_what_somebody_updated_conflicts_and_says_when()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"data": {"k": "1", "l": "1"}}""");
        _ = (await api.MergeAsync($"{path}?fieldManager=hand", Parse("""{"data": {"k": "2", "l": "2"}}"""))).Ok;

        var answer = await ApplyAsync(path, "a", """{"data": {"k": "1", "l": "1"}}""");

        answer.Message.Should().MatchRegex(
            @"^Apply failed with 2 conflicts: conflicts with ""hand"" using v1 at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ:\n- \.data\.k\n- \.data\.l$");
    }

    [Fact]
    public async Task Force_takes_a_field_from_its_manager()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"data": {"k": "1", "l": "1"}}""");

        var applied = (await ApplyAsync(path, "b", """{"data": {"k": "2"}}""", force: true)).Ok;

        applied.TextAt("data", "k").Should().Be("2");
        Owners.Fields(applied, "a").Should().Be("""{"f:data":{"f:l":{}}}""");
        Owners.Fields(applied, "b").Should().Be("""{"f:data":{"f:k":{}}}""");
    }

    [Fact]
    public async Task Lists_of_builtin_kinds_are_applied_by_their_keys()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments/cart";
        var deployment = Objects.Deployment("cart");
        await ApplyAsync(path, "a", deployment.ToJsonString());
        _ = (await api.SendAsync(HttpMethod.Patch, $"{path}?fieldManager=sidecars", Parse("""
            {"spec": {"template": {"spec": {"containers": [{"name": "proxy", "image": "registry.example/proxy:1"}]}}}}
            """), "application/strategic-merge-patch+json")).Ok;
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "registry.example/shop/cart:1.5";

        var applied = (await ApplyAsync(path, "a", deployment.ToJsonString())).Ok;

        applied.Items("spec", "template", "spec", "containers").Select(c => c.Text("image")).Should()
            .BeEquivalentTo("registry.example/shop/cart:1.5", "registry.example/proxy:1");
        applied.TextAt("spec", "replicas").Should().Be("1");
    }

    [Fact]
    public async Task An_item_of_a_list_that_is_applied_no_longer_goes()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments/cart";
        var deployment = Objects.Deployment("cart");
        var containers = (JsonArray)deployment["spec"]!["template"]!["spec"]!["containers"]!;
        containers.Add(new JsonObject { ["name"] = "proxy", ["image"] = "registry.example/proxy:1" });
        await ApplyAsync(path, "a", deployment.ToJsonString());
        containers.RemoveAt(1);

        var applied = (await ApplyAsync(path, "a", deployment.ToJsonString())).Ok;

        applied.Items("spec", "template", "spec", "containers").Select(c => c.Text("name")).Should().Equal("main");
    }

    [Fact]
    public async Task Finalizers_are_a_set_that_several_apply()
    {
        string path = await PathAsync();
        await ApplyAsync(path, "a", """{"metadata": {"finalizers": ["example.com/a"]}}""");
        await ApplyAsync(path, "b", """{"metadata": {"finalizers": ["example.com/b"]}}""");

        var both = (await api.GetAsync(path)).Ok.Finalizers.ToList();
        var left = (await ApplyAsync(path, "a", "{}")).Ok.Finalizers.ToList();

        both.Should().BeEquivalentTo("example.com/a", "example.com/b");
        left.Should().Equal("example.com/b");
    }

    [Fact]
    public async Task The_status_is_applied_as_a_subresource_of_its_own()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments/cart";
        var deployment = Objects.Deployment("cart");
        deployment["status"] = new JsonObject { ["replicas"] = 7 };
        var made = (await ApplyAsync(path, "a", deployment.ToJsonString())).Ok;

        var applied = (await ApplyAsync($"{path}/status", "controller", """
            {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 9}, "status": {"replicas": 3}}
            """)).Ok;

        made.At("status", "replicas").Should().BeNull();
        (applied.TextAt("spec", "replicas"), applied.TextAt("status", "replicas")).Should().Be(("1", "3"));
        Owners.Fields(applied, "controller").Should().Be("""{"f:status":{"f:replicas":{}}}""");
        applied.Items("metadata", "managedFields").Single(m => m.Text("manager") == "controller").Text("subresource").Should().Be("status");
    }

    [Fact]
    public async Task A_scale_is_applied_to_the_replicas()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments/cart";
        await api.CreateAsync(path[..^5], Objects.Deployment("cart"));
        const string Scale = """{"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 6}}""";

        var refused = await ApplyAsync($"{path}/scale", "a", Scale);
        var scale = (await ApplyAsync($"{path}/scale", "a", Scale, force: true)).Ok;

        refused.Code.Should().Be(HttpStatusCode.Conflict);
        (scale.Kind, scale.TextAt("spec", "replicas")).Should().Be(("Scale", "6"));
    }

    [Fact]
    public async Task A_dry_run_of_an_apply_stores_nothing()
    {
        string path = await PathAsync();

        var answer = await ApplyAsync($"{path}?dryRun=All", "a", """{"data": {"k": "1"}}""");

        answer.Code.Should().Be(HttpStatusCode.Created);
        (await api.GetAsync(path)).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_apply_must_say_who_and_what_it_is()
    {
        string path = await PathAsync();
        JsonObject map = Objects.ConfigMap("m");

        var nobody = await api.SendAsync(HttpMethod.Patch, path, map, "application/apply-patch+yaml");
        var other = await ApplyAsync(path, "a", """{"apiVersion": "v2"}""");
        var owned = await ApplyAsync(path, "a", """{"metadata": {"managedFields": []}}""");
        var another = await ApplyAsync(path, "a", """{"metadata": {"uid": "another"}}""");
        var forced = await api.MergeAsync($"{path}?force=true", new JsonObject());

        (nobody.Code, nobody.Message).Should()
            .Be((HttpStatusCode.UnprocessableEntity, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"));
        other.Code.Should().Be(HttpStatusCode.BadRequest);
        owned.Message.Should().Be("metadata.managedFields must be nil");
        another.Code.Should().Be(HttpStatusCode.Conflict);
        forced.Message.Should().Be("PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
    }

    [Fact]
    public async Task Several_who_apply_at_once_all_succeed()
    {
        string path = await PathAsync();

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => ApplyAsync(path, $"m{n}", $$$"""{"data": {"k{{{n}}}": ""}}""")));

        answers.Should().OnlyContain(a => a.Code == HttpStatusCode.OK || a.Code == HttpStatusCode.Created);
        (await api.GetAsync(path)).Ok["data"]!.AsObject().Should().HaveCount(12);
    }

    [Fact]
    public async Task A_cluster_applies_manifests_again_and_again()
    {
        string space = await server.NamespaceAsync();
        string manifest = $"""
            apiVersion: v1
            kind: ConfigMap
            metadata: {"{"}name: m, namespace: {space}{"}"}
            data:
              k: 'KEY'
            """;

        await server.Cluster.ApplyAsync(manifest.Replace("KEY", "1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await server.Cluster.ApplyAsync(manifest.Replace("KEY", "2", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        (await api.GetAsync($"/api/v1/namespaces/{space}/configmaps/m")).Ok.TextAt("data", "k").Should().Be("2");
    }

    private Task<Answer> ApplyAsync(string path, string manager, string configuration, bool force = false)
    {
        var json = (JsonObject)Parse(configuration);
        json.Default("apiVersion", "v1");
        json.Default("kind", "ConfigMap");
        string query = $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}fieldManager={manager}{(force ? "&force=true" : "")}";
        return api.SendAsync(HttpMethod.Patch, path + query, json, "application/apply-patch+yaml");
    }

    private async Task<string> PathAsync() => $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps/m";

    private static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
