using System.Text.Json.Nodes;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Patches;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("""{"op": "add", "path": "/a", "value": 1}""", """{"a": 1, "list": [1, 2], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "add", "path": "/list/1", "value": 9}""", """{"list": [1, 9, 2], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "add", "path": "/list/-", "value": 9}""", """{"list": [1, 2, 9], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "remove", "path": "/list/0"}""", """{"list": [2], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "replace", "path": "/map/k", "value": null}""", """{"list": [1, 2], "map": {"k": null}}""")]
    [InlineData("""{"op": "replace", "path": "/list/1", "value": 3}""", """{"list": [1, 3], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "move", "from": "/map/k", "path": "/moved"}""", """{"list": [1, 2], "map": {}, "moved": "v"}""")]
    [InlineData("""{"op": "copy", "from": "/list", "path": "/map/list"}""", """{"list": [1, 2], "map": {"k": "v", "list": [1, 2]}}""")]
    [InlineData("""{"op": "test", "path": "/map", "value": {"k": "v"}}""", """{"list": [1, 2], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "test", "path": "/list/0", "value": 1.0}""", """{"list": [1, 2], "map": {"k": "v"}}""")]
    [InlineData("""{"op": "replace", "path": "/none", "value": 1}""", """{"list": [1, 2], "map": {"k": "v"}, "none": 1}""")]
    [InlineData("""{"op": "test", "path": "/none", "value": null}""", """{"list": [1, 2], "map": {"k": "v"}}""")]
    public void An_operation_does_what_it_says(string operation, string expected)
    {
        var patched = JsonPatch.Apply(Document(), JsonNode.Parse($"[{operation}]"));

        JsonNode.DeepEquals(patched, JsonNode.Parse(expected)).Should().BeTrue(patched.ToJsonString());
    }

    [Theory]
    [InlineData("""{"op": "add", "path": "/none/a", "value": 1}""")]
    [InlineData("""{"op": "add", "path": "/list/3", "value": 1}""")]
    [InlineData("""{"op": "add", "path": "/a"}""")]
    [InlineData("""{"op": "add", "path": "", "value": {}}""")]
    [InlineData("""{"op": "remove", "path": "/none"}""")]
    [InlineData("""{"op": "remove", "path": "/list/2"}""")]
    [InlineData("""{"op": "replace", "path": "/map/k/deeper", "value": 1}""")]
    [InlineData("""{"op": "move", "from": "/none", "path": "/a"}""")]
    [InlineData("""{"op": "test", "path": "/map/k", "value": "w"}""")]
    [InlineData("""{"op": "test", "path": "/list/x", "value": 1}""")]
    [InlineData("""{"op": "merge", "path": "/map"}""")]
    [InlineData("""{"path": "/map"}""")]
    public void An_operation_that_does_not_apply_is_unprocessable(string operation) =>
        FluentActions.Invoking(() => JsonPatch.Apply(Document(), JsonNode.Parse($"[{operation}]"))).Should().Throw<StatusException>()
            .Which.Status.Should().BeEquivalentTo(new { Code = 422, Reason = "Invalid", Message = "the server rejected our request due to an error in our request" });

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void A_patch_is_a_list_of_operations(string patch) =>
        FluentActions.Invoking(() => JsonPatch.Apply(Document(), JsonNode.Parse(patch))).Should().Throw<StatusException>().Which.Status.Code.Should().Be(400);

    private static JsonObject Document() => (JsonObject)JsonNode.Parse("""{"list": [1, 2], "map": {"k": "v"}}""")!;
}
