using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Protobuf;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Protobuf;

public sealed class ProtobufObjectTests
{
    [Fact]
    public void What_is_meant_stays_and_what_only_fills_a_place_goes()
    {
        byte[] spec = [.. Number(1, 0), .. Number(5, 0), .. Number(6, 7), .. Number(7, 0), .. Number(99, 5)];
        var json = ProtobufObject.Parse(Envelope("apps/v1", "Deployment", [.. Field(1, Field(1, "cart"), Field(2, ""), Field(8)), .. Field(2, spec)]));

        JsonNode.DeepEquals(json, JsonNode.Parse("""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart"}, "spec": {"replicas": 0, "revisionHistoryLimit": 7}}
            """)).Should().BeTrue("it is {0}", json);
    }

    [Fact]
    public void Maps_times_amounts_and_texts_that_may_be_numbers_are_read()
    {
        byte[] budget = Field(2, Field(1, Number(1, 1), Field(3, "50%")));
        byte[] quota = Field(2, Field(1, Field(1, "pods"), Field(2, Field(1, "10"))));
        byte[] lease = Field(2, Field(3, Number(1, 1767355200), Number(2, 1500000)));
        byte[] secret = Field(2, Field(1, "k"), Field(2, "value"));

        Parse("policy/v1", "PodDisruptionBudget", budget).TextAt("spec", "minAvailable").Should().Be("50%");
        Parse("v1", "ResourceQuota", quota).TextAt("spec", "hard", "pods").Should().Be("10");
        Parse("coordination.k8s.io/v1", "Lease", lease).TextAt("spec", "acquireTime").Should().Be("2026-01-02T12:00:00.001500Z");
        Parse("v1", "Secret", secret).TextAt("data", "k").Should().Be("dmFsdWU=");
    }

    [Fact]
    public void Options_are_the_same_in_every_group()
    {
        Parse("apps/v1", "DeleteOptions", Number(1, 0)).NumberAt("gracePeriodSeconds").Should().Be(0);
    }

    [Fact]
    public void Unknown_kinds_and_broken_messages_are_refused()
    {
        ProtobufObject.Parse(Envelope("example.com/v1", "Widget", [])).Should().BeNull();
        ProtobufObject.Parse("{}"u8).Should().BeNull();
        var cut = () => ProtobufObject.Parse(Envelope("v1", "Namespace", [0x0a, 0x7f]));
        cut.Should().Throw<StatusException>().Which.Status.Code.Should().Be(400);
    }

    [Fact]
    public void Every_field_that_is_written_down_is_one_of_its_type()
    {
        HashSet<string> checkedTypes = [];
        foreach (var resource in Builtins.All)
        {
            if (BuiltinType.Of(resource) is { } type)
                Check(type);
        }
        checkedTypes.Should().Contain(["Pod", "Container", "DeploymentSpec", "JobSpec", "LabelSelector"]);

        void Check(BuiltinType type)
        {
            if (type is BuiltinType.List list)
                Check(list.Item);
            if (type is BuiltinType.Map map)
                Check(map.Value);
            if (type is not BuiltinType.Struct part || !checkedTypes.Add(part.TypeName))
                return;
            Message.Of(part.TypeName).Flat.Select(f => f.Name).Except(part.Fields.Keys).Should().BeEmpty("{0} has no such fields", part.TypeName);
            foreach (var field in part.Fields.Values)
                Check(field);
        }
    }

    private static JsonObject Parse(string apiVersion, string kind, byte[] raw) => ProtobufObject.Parse(Envelope(apiVersion, kind, raw))!;

    private static byte[] Envelope(string apiVersion, string kind, byte[] raw) =>
        [.. "k8s\0"u8, .. Field(1, Field(1, apiVersion), Field(2, kind)), .. Field(2, raw), .. Field(3, ""), .. Field(4, "")];

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, params byte[][] parts)
    {
        byte[] content = [.. parts.SelectMany(p => p)];
        return [.. Varint((ulong)(number << 3) | 2), .. Varint((ulong)content.Length), .. content];
    }

    private static byte[] Number(int number, ulong value) => [.. Varint((ulong)number << 3), .. Varint(value)];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
