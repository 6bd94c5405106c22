using System.Text.Json.Nodes;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Patches;

public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a": "b"}""", """{"a": "c"}""", """{"a":"c"}""")]
    [InlineData("""{"a": "b", "b": "c"}""", """{"a": null}""", """{"b":"c"}""")]
    [InlineData("""{"a": ["b"]}""", """{"a": "c"}""", """{"a":"c"}""")]
    [InlineData("""{"a": "c"}""", """{"a": ["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a": {"b": "c"}}""", """{"a": {"b": "d", "c": null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a": [{"b": "c"}]}""", """{"a": [1]}""", """{"a":[1]}""")]
    [InlineData("""{"e": null}""", """{"a": 1}""", """{"e":null,"a":1}""")]
    [InlineData("""{"a": "foo"}""", """{"a": {"bb": {"ccc": null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData("{}", """{"a": {"bb": {"ccc": null}}}""", """{"a":{"bb":{}}}""")]
    public void A_patch_does_what_the_standard_says(string document, string patch, string expected) =>
        MergePatch.Apply((JsonObject)JsonNode.Parse(document)!, JsonNode.Parse(patch)).ToJsonString().Should().Be(expected);

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    public void A_patch_is_an_object(string patch) =>
        FluentActions.Invoking(() => MergePatch.Apply([], JsonNode.Parse(patch))).Should().Throw<StatusException>().Which.Status.Code.Should().Be(400);
}
