using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Patches;

public sealed class JsonPatchTests(ConformanceCluster cluster)
{
    private const string DoesNotApply = "the server rejected our request due to an error in our request";

    [Fact]
    public async Task All_operations_are_done()
    {
        await using var space = await ConfigMapAsync("""{"a": "1", "b": "2", "c": "3"}""");

        var patched = (await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Json.List("""
            [
              {"op": "test", "path": "/data/a", "value": "1"},
              {"op": "replace", "path": "/data/a", "value": "one"},
              {"op": "remove", "path": "/data/b"},
              {"op": "move", "from": "/data/c", "path": "/data/d"},
              {"op": "copy", "from": "/data/d", "path": "/data/e"},
              {"op": "add", "path": "/metadata/annotations", "value": {"example.com/x": "1"}},
              {"op": "replace", "path": "/metadata/annotations/example.com~1x", "value": "2"}
            ]
            """))).Ok;

        patched["data"]!.AsObject().Select(d => (d.Key, d.Value!.ToString())).Should().BeEquivalentTo([("a", "one"), ("d", "3"), ("e", "3")]);
    }

    [Theory]
    [InlineData("""[{"op": "replace", "path": "/data/a", "value": "one"}, {"op": "test", "path": "/data/a", "value": "two"}]""")]
    [InlineData("""[{"op": "remove", "path": "/data/none"}]""")]
    [InlineData("""[{"op": "move", "from": "/data/none", "path": "/data/b"}]""")]
    [InlineData("""[{"op": "zap", "path": "/data/a"}]""")]
    [InlineData("""[{"op": "add", "path": "/none/a", "value": "x"}]""")]
    public async Task One_operation_that_fails_is_invalid_and_undoes_all(string patch)
    {
        await using var space = await ConfigMapAsync("""{"a": "1"}""");

        var answer = await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Json.List(patch));

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid", DoesNotApply));
        (await space.Api.GetAsync($"{space.ConfigMaps}/m")).Ok["data"]!.ToJsonString().Should().Be("""{"a":"1"}""");
    }

    [Fact]
    public async Task Replacing_what_is_missing_adds_it()
    {
        await using var space = await ConfigMapAsync("""{"a": "1"}""");

        var patched = (await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Json.List("""[{"op": "replace", "path": "/data/b", "value": "2"}]"""))).Ok;

        patched.TextAt("data", "b").Should().Be("2");
    }

    [Fact]
    public async Task What_is_no_list_of_operations_is_a_bad_request()
    {
        await using var space = await ConfigMapAsync("""{"a": "1"}""");

        var answer = await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Json.Object("""{"op": "remove", "path": "/data/a"}"""));

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.BadRequest, "BadRequest"));
    }

    [Fact]
    public async Task A_test_of_the_uid_guards_a_patch()
    {
        await using var space = await ConfigMapAsync("""{"a": "1"}""");
        string uid = (await space.Api.GetAsync($"{space.ConfigMaps}/m")).Ok.Uid;

        var wrong = await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Guarded("another"));
        var right = await space.Api.JsonPatchAsync($"{space.ConfigMaps}/m", Guarded(uid));

        (wrong.Code, right.Code).Should().Be((HttpStatusCode.UnprocessableEntity, HttpStatusCode.OK));
    }

    private static JsonArray Guarded(string uid) => Json.List($$"""
        [{"op": "test", "path": "/metadata/uid", "value": "{{uid}}"}, {"op": "replace", "path": "/data/a", "value": "2"}]
        """);

    private async Task<TestNamespace> ConfigMapAsync(string data)
    {
        var space = await cluster.NamespaceAsync();
        var map = Objects.ConfigMap("m");
        map["data"] = Json.Object(data);
        await space.CreateAsync(space.ConfigMaps, map);
        return space;
    }
}
