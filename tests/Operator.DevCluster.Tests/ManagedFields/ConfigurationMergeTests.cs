using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.ManagedFields;

public sealed class ConfigurationMergeTests
{
    private static readonly FieldType Custom = new SchemaFieldType((JsonObject)JsonNode.Parse("""
        {"properties": {
          "byName": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "zone"],
            "items": {"properties": {"zone": {"default": "a"}}}},
          "tags": {"x-kubernetes-list-type": "set"},
          "plain": {"type": "array"},
          "whole": {"x-kubernetes-map-type": "atomic"}
        }}
        """)!);

    [Theory]
    [InlineData("plain", """[1, 2]""", """[3]""", """[3]""")]
    [InlineData("tags", """["a", "b"]""", """["b", "c"]""", """["a", "b", "c"]""")]
    [InlineData("whole", """{"a": 1}""", """{"b": 2}""", """{"b": 2}""")]
    [InlineData("unknown", """{"a": 1}""", """{"b": 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("byName", """[{"name": "x", "zone": "a", "v": 1}]""", """[{"name": "x", "w": 2}]""", """[{"name": "x", "zone": "a", "v": 1, "w": 2}]""")]
    [InlineData("byName", """[{"name": "x", "zone": "b"}]""", """[{"name": "x", "zone": "c"}]""", """[{"name": "x", "zone": "b"}, {"name": "x", "zone": "c"}]""")]
    [InlineData("tags", """["a", "x", "b"]""", """["b", "a"]""", """["x", "b", "a"]""")]
    public void A_list_or_map_merges_as_its_schema_says(string field, string live, string configured, string expected)
    {
        JsonObject json = new() { [field] = JsonNode.Parse(live) };

        ConfigurationMerge.Into(json, new() { [field] = JsonNode.Parse(configured) }, Custom);

        JsonNode.DeepEquals(json[field], JsonNode.Parse(expected)).Should().BeTrue(json.ToJsonString());
    }

    [Theory]
    [InlineData("byName", """[{"name": "x"}, {"name": "x", "zone": "a"}]""")]
    [InlineData("tags", """["a", "a"]""")]
    public void A_configuration_may_not_name_an_item_twice(string field, string configured) =>
        FluentActions.Invoking(() => ConfigurationMerge.Into([], new() { [field] = JsonNode.Parse(configured) }, Custom)).Should().Throw<StatusException>()
            .Which.Message.Should().Contain("duplicate entries for key");
}
