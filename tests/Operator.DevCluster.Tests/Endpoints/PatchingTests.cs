using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class PatchingTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_merge_patch_null_removes_a_field()
    {
        string path = await ConfigMapAsync(("app", "cart"), ("tier", "web"));

        var patched = (await api.MergeAsync(path, Parse("""{"metadata": {"labels": {"app": null}}, "data": {"k": "1"}}"""))).Ok;

        patched.Labels!.Select(l => l.Key).Should().Equal("tier");
        patched.TextAt("data", "k").Should().Be("1");
        (await api.GetAsync(path)).Ok.ResourceVersion.Should().Be(patched.ResourceVersion);
    }

    [Fact]
    public async Task A_json_patch_changes_what_its_test_finds()
    {
        string path = await ConfigMapAsync(("app.kubernetes.io/name", "cart"));
        var made = (await api.GetAsync(path)).Ok;

        var patched = (await JsonAsync(path, $$"""
            [
              {"op": "test", "path": "/metadata/uid", "value": "{{made.Uid}}"},
              {"op": "test", "path": "/metadata/labels/app.kubernetes.io~1name", "value": "cart"},
              {"op": "replace", "path": "/metadata/labels/app.kubernetes.io~1name", "value": "basket"}
            ]
            """)).Ok;

        patched.Labels!["app.kubernetes.io/name"]!.ToString().Should().Be("basket");
    }

    [Fact]
    public async Task A_json_patch_whose_test_fails_changes_nothing()
    {
        string path = await ConfigMapAsync(("app", "cart"));
        var made = (await api.GetAsync(path)).Ok;

        var answer = await JsonAsync(path, """
            [{"op": "remove", "path": "/metadata/labels/app"}, {"op": "test", "path": "/metadata/uid", "value": "another"}]
            """);

        (answer.Code, answer.Reason, answer.Message).Should()
            .Be((HttpStatusCode.UnprocessableEntity, "Invalid", "the server rejected our request due to an error in our request"));
        (await api.GetAsync(path)).Ok.ResourceVersion.Should().Be(made.ResourceVersion);
    }

    [Fact]
    public async Task A_patch_with_another_uid_is_refused()
    {
        string path = await ConfigMapAsync();

        var answer = await api.MergeAsync(path, Parse("""{"metadata": {"uid": "another", "labels": {"a": "b"}}}"""));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Json.Items("details", "causes").Should().Contain(c =>
            c.Text("field") == "metadata.uid" && c.Text("message") == "Invalid value: \"another\": field is immutable");
    }

    [Fact]
    public async Task A_patch_with_an_old_resourceVersion_conflicts()
    {
        string path = await ConfigMapAsync();
        var made = (await api.GetAsync(path)).Ok;
        await api.MergeAsync(path, Parse("""{"data": {"k": "1"}}"""));

        var answer = await api.MergeAsync(path, Parse($$$"""{"metadata": {"resourceVersion": "{{{made.ResourceVersion}}}"}, "data": {"k": "2"}}"""));

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
    }

    [Fact]
    public async Task A_patch_that_changes_nothing_makes_no_new_version()
    {
        string path = await ConfigMapAsync(("app", "cart"));
        var made = (await api.GetAsync(path)).Ok;

        var patched = (await api.MergeAsync(path, Parse("""{"metadata": {"labels": {"app": "cart"}}}"""))).Ok;

        patched.ResourceVersion.Should().Be(made.ResourceVersion);
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_and_changes_nothing()
    {
        string path = await ConfigMapAsync();

        var answer = (await api.MergeAsync($"{path}?dryRun=All", Parse("""{"data": {"k": "1"}}"""))).Ok;

        answer.TextAt("data", "k").Should().Be("1");
        (await api.GetAsync(path)).Ok.ContainsKey("data").Should().BeFalse();
    }

    [Fact]
    public async Task Patches_that_name_no_version_are_all_kept()
    {
        string path = await ConfigMapAsync();

        var answers = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => api.MergeAsync(path, Parse($$$"""{"data": {"k{{{n}}}": ""}}"""))));

        answers.Should().OnlyContain(a => a.Code == HttpStatusCode.OK);
        (await api.GetAsync(path)).Ok["data"]!.AsObject().Should().HaveCount(20);
    }

    [Fact]
    public async Task A_patch_cannot_make_another_object_of_it()
    {
        string path = await ConfigMapAsync();

        (await api.MergeAsync(path, Parse("""{"metadata": {"name": "other"}}"""))).Code.Should().Be(HttpStatusCode.BadRequest);
        (await api.MergeAsync(path, Parse("""{"metadata": {"namespace": "other"}}"""))).Code.Should().Be(HttpStatusCode.BadRequest);
        (await api.MergeAsync(path, Parse("""{"kind": "Secret"}"""))).Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await api.MergeAsync(path, Parse("""{"metadata": "none"}"""))).Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await api.MergeAsync(path, Parse("[]"))).Code.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_does_not_exist_cannot_be_patched()
    {
        string space = await server.NamespaceAsync();

        var answer = await api.MergeAsync($"/api/v1/namespaces/{space}/configmaps/none", new JsonObject());

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.NotFound, "configmaps \"none\" not found"));
    }

    [Fact]
    public async Task A_patch_of_the_status_changes_the_status_alone()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        await api.CreateAsync(path, Objects.Deployment("cart"));

        var patched = (await api.MergeAsync($"{path}/cart/status", Parse("""{"spec": {"replicas": 9}, "status": {"replicas": 4}}"""))).Ok;

        (patched.TextAt("spec", "replicas"), patched.TextAt("status", "replicas")).Should().Be(("1", "4"));
    }

    [Fact]
    public async Task A_patch_of_the_scale_changes_the_replicas()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        await api.CreateAsync(path, Objects.Deployment("cart"));

        var merged = (await api.MergeAsync($"{path}/cart/scale", Parse("""{"spec": {"replicas": 4}}"""))).Ok;
        (await api.GetAsync($"{path}/cart")).Ok.TextAt("spec", "replicas").Should().Be("4");
        var replaced = (await JsonAsync($"{path}/cart/scale", """[{"op": "replace", "path": "/spec/replicas", "value": 5}]""")).Ok;

        (merged.Kind, merged.TextAt("spec", "replicas")).Should().Be(("Scale", "4"));
        replaced.TextAt("spec", "replicas").Should().Be("5");
    }

    [Fact]
    public async Task An_unknown_type_of_patch_is_refused()
    {
        string path = await ConfigMapAsync();

        var answer = await api.SendAsync(HttpMethod.Patch, path, new JsonObject());

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnsupportedMediaType, "UnsupportedMediaType", "415: Unsupported Media Type"));
    }

    private Task<Answer> JsonAsync(string path, string patch) => api.SendAsync(HttpMethod.Patch, path, Parse(patch), "application/json-patch+json");

    private async Task<string> ConfigMapAsync(params (string Key, string Value)[] labels)
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        _ = (await api.CreateAsync(path, Objects.ConfigMap("m", labels))).Ok;
        return $"{path}/m";
    }

    private static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
