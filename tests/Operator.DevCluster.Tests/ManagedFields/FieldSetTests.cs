using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;

namespace Operator.DevCluster.Tests.ManagedFields;

public sealed class FieldSetTests
{
    [Theory]
    [InlineData("{}", """{"f:a":{}}""", """{"f:a":{}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{"f:b":{}}}""", """{"f:a":{"f:b":{},".":{}}}""")]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{"f:b":{},".":{}}}""")]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{"f:c":{}}}""", """{"f:a":{"f:b":{},"f:c":{}}}""")]
    public void Adding_keeps_every_member(string set, string added, string expected)
    {
        var result = Parse(set);

        FieldSet.Add(result, Parse(added));

        Check(result, expected);
    }

    [Theory]
    [InlineData("""{"f:a":{}}""", """{"f:a":{}}""", "{}")]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{"f:b":{}}}""", """{"f:a":{}}""")]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{"f:b":{}}}""", "{}")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{"f:b":{}}}""", """{"f:a":{}}""")]
    public void Subtracting_leaves_every_other_member(string set, string removed, string expected)
    {
        var result = Parse(set);

        FieldSet.Subtract(result, Parse(removed));

        Check(result, expected);
    }

    [Theory]
    [InlineData("""{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{"f:b":{}}}""", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{"f:b":{}}}""", "{}")]
    [InlineData("""{"f:a":{"f:b":{},".":{}}}""", """{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{"f:b":{},".":{}}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:b":{}}""", "{}")]
    public void The_intersection_has_what_both_have(string left, string right, string expected) => Check(FieldSet.Intersect(Parse(left), Parse(right)), expected);

    [Fact]
    public void Paths_read_as_the_fields_they_name()
    {
        var set = Parse("""
            {"f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:image": {}}}, "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {}}},
             "f:metadata": {"f:finalizers": {"v:\"example.com/a\"": {}}}}
            """);

        FieldSet.Paths(set).Should().Equal(
            ".spec.containers[name=\"main\"]", ".spec.containers[name=\"main\"].image", ".spec.ports[port=80,protocol=\"TCP\"]",
            ".metadata.finalizers[=\"example.com/a\"]");
    }

    private static void Check(JsonObject set, string expected) => JsonNode.DeepEquals(set, Parse(expected)).Should().BeTrue(set.ToJsonString());

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
