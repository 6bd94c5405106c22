using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Patches;

public sealed class StrategicMergePatchTests
{
    [Theory]
    [InlineData("maps are merged, null removes", """{"spec": {"a": 1, "b": 2}}""", """{"spec": {"a": null, "c": 3}}""", """{"spec": {"b": 2, "c": 3}}""")]
    [InlineData(
        "items are merged by their key",
        """{"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}}""",
        """{"spec": {"containers": [{"name": "b", "image": "2"}, {"name": "c", "image": "3"}]}}""",
        """{"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}, {"name": "c", "image": "3"}]}}""")]
    [InlineData(
        "lists without a key are replaced",
        """{"spec": {"tolerations": [{"key": "a"}], "args": ["1"]}}""",
        """{"spec": {"tolerations": [{"key": "b"}], "args": ["2"]}}""",
        """{"spec": {"tolerations": [{"key": "b"}], "args": ["2"]}}""")]
    [InlineData(
        "an item can be deleted",
        """{"env": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}""",
        """{"env": [{"name": "a", "$patch": "delete"}]}""",
        """{"env": [{"name": "b", "value": "2"}]}""")]
    [InlineData(
        "a list can be replaced",
        """{"env": [{"name": "a", "value": "1"}]}""",
        """{"env": [{"$patch": "replace"}, {"name": "b", "value": "2"}]}""",
        """{"env": [{"name": "b", "value": "2"}]}""")]
    [InlineData("a map can be replaced", """{"spec": {"a": 1, "b": 2}}""", """{"spec": {"$patch": "replace", "c": 3}}""", """{"spec": {"c": 3}}""")]
    [InlineData("a map can be emptied", """{"spec": {"a": 1}}""", """{"spec": {"$patch": "delete"}}""", """{"spec": {}}""")]
    [InlineData(
        "what is not retained goes",
        """{"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}""",
        """{"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}""",
        """{"strategy": {"type": "Recreate"}}""")]
    [InlineData(
        "the order of items can be said",
        """{"env": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}""",
        """{"$setElementOrder/env": [{"name": "c"}, {"name": "a"}]}""",
        """{"env": [{"name": "b"}, {"name": "c"}, {"name": "a"}]}""")]
    [InlineData(
        "an added item takes its place in the order",
        """{"env": [{"name": "a"}, {"name": "b"}]}""",
        """{"$setElementOrder/env": [{"name": "a"}, {"name": "x"}, {"name": "b"}], "env": [{"name": "x"}]}""",
        """{"env": [{"name": "a"}, {"name": "x"}, {"name": "b"}]}""")]
    [InlineData(
        "values are deleted from a list of values",
        """{"metadata": {"finalizers": ["a", "b"]}}""",
        """{"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b"]}}""",
        """{"metadata": {"finalizers": ["b"]}}""")]
    [InlineData(
        "a set takes new values, in front as in the real one",
        """{"metadata": {"finalizers": ["a"]}}""",
        """{"metadata": {"finalizers": ["b"]}}""",
        """{"metadata": {"finalizers": ["b", "a"]}}""")]
    [InlineData(
        "directives in what is new do nothing",
        """{}""",
        """{"strategy": {"rollingUpdate": null, "type": "Recreate"}, "env": [{"name": "a", "$patch": "delete"}, {"name": "b"}]}""",
        """{"strategy": {"type": "Recreate"}, "env": [{"name": "b"}]}""")]
    [InlineData(
        "mounts are merged by their path, ports by their number, conditions by their type",
        """{"volumeMounts": [{"mountPath": "/a", "name": "x"}], "ports": [{"containerPort": 80}], "conditions": [{"type": "Ready", "status": "False"}]}""",
        """{"volumeMounts": [{"mountPath": "/a", "name": "y"}], "ports": [{"containerPort": 80, "name": "web"}], "conditions": [{"type": "Ready", "status": "True"}]}""",
        """{"volumeMounts": [{"mountPath": "/a", "name": "y"}], "ports": [{"containerPort": 80, "name": "web"}], "conditions": [{"type": "Ready", "status": "True"}]}""")]
    public void A_patch_does_what_it_says(string what, string document, string patch, string expected)
    {
        var patched = StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(document)!, JsonNode.Parse(patch), BuiltinFieldType.OfKind("Pod"));

        JsonNode.DeepEquals(patched, JsonNode.Parse(expected)).Should().BeTrue("{0}: {1}", what, patched.ToJsonString());
    }

    [Theory]
    [InlineData("""{"env": [{"value": "no name"}]}""")]
    [InlineData("""{"spec": {"$patch": "merge"}}""")]
    [InlineData("""{"spec": {"$retainKeys": ["a"], "b": 1}}""")]
    [InlineData("""{"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}}""")]
    [InlineData("""{"$setElementOrder/env": {}}""")]
    [InlineData("[]")]
    public void A_patch_that_makes_no_sense_is_refused(string patch)
    {
        var document = (JsonObject)JsonNode.Parse("""{"env": [{"name": "a"}], "spec": {"a": 1}, "metadata": {"finalizers": ["a"]}}""")!;

        FluentActions.Invoking(() => StrategicMergePatch.Apply(document, JsonNode.Parse(patch), BuiltinFieldType.OfKind("Pod"))).Should().Throw<StatusException>();
    }

    [Fact]
    public void The_ports_of_a_service_are_merged_by_their_port()
    {
        var service = (JsonObject)JsonNode.Parse("""{"spec": {"ports": [{"port": 80, "targetPort": 1}, {"port": 81}]}}""")!;

        var patched = StrategicMergePatch.Apply(
            service, JsonNode.Parse("""{"spec": {"ports": [{"port": 80, "targetPort": 2}]}}"""), BuiltinFieldType.OfKind("Service"));

        patched.ToJsonString().Should().Be("""{"spec":{"ports":[{"port":80,"targetPort":2},{"port":81}]}}""");
    }
}
