using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.Schema;
using Operator.Api.Tests.Schema;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.V1Alpha1;

public sealed class ApiJsonTests
{
    public static TheoryData<Type> Kinds =>
        [.. typeof(WellKnown).Assembly.GetTypes().Where(t => Attribute.IsDefined(t, typeof(ResourceAttribute))).OrderBy(t => t.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_of_a_kind_is_written_and_read_back(Type kind)
    {
        var info = ApiJson.Default.GetTypeInfo(kind)!;
        var written = JsonSerializer.Serialize(Filled.Of(kind), info);

        JsonSerializer.Serialize(JsonSerializer.Deserialize(written, info), info).Should().Be(written);
        JsonNode.Parse(written)!["kind"]!.GetValue<string>().Should().Be(kind.Name);
        JsonNode.Parse(written)!["apiVersion"]!.GetValue<string>().Should().Be("immutablerecovery.io/v1alpha1");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_is_what_the_schema_says(Type kind)
    {
        var root = Definition.Of(kind.Name).Root;
        var written = JsonNode.Parse(JsonSerializer.Serialize(Filled.Of(kind), ApiJson.Default.GetTypeInfo(kind)!));

        SchemaCheck.Errors(root, written).Should().BeEmpty();
        Unwritten(root, written!, kind.Name).Should().BeEmpty("every field of the schema has a C# property of its name");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_null_is_not_written(Type kind)
    {
        var bare = Bare(kind);

        JsonSerializer.Serialize(JsonSerializer.Deserialize(bare, ApiJson.Default.GetTypeInfo(kind)!), ApiJson.Default.GetTypeInfo(kind)!)
            .Should().NotContain("null");
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z")]
    [InlineData("2026-01-02T03:04:05.25Z", "2026-01-02T03:04:05.25Z")]
    [InlineData("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.1234567Z")]
    public void A_time_is_written_in_utc_as_kubernetes_writes_it(string read, string written)
    {
        var status = JsonSerializer.Deserialize($$"""{"detectedAt": "{{read}}"}""", ApiJson.Default.RecoveryStatus)!;

        JsonNode.Parse(JsonSerializer.Serialize(status, ApiJson.Default.RecoveryStatus))!["detectedAt"]!.GetValue<string>().Should().Be(written);
    }

    [Fact]
    public void A_field_of_a_newer_version_is_passed_over()
    {
        var newer = JsonNode.Parse(Bare(typeof(RecoveryPolicy)))!;
        newer["spec"]!["checkpoint"] = new JsonObject { ["memory"] = true };

        JsonSerializer.Deserialize(newer.ToJsonString(), ApiJson.Default.RecoveryPolicy)!.Spec.Mode.Should().Be(RecoveryMode.Observe);
    }

    [Fact]
    public void A_value_of_a_newer_version_is_an_error_that_says_where()
    {
        // Taking it for a value that this version knows could do more, or less, than was asked for.
        var newer = JsonNode.Parse(Bare(typeof(RecoveryPolicy)))!;
        newer["spec"]!["trust"] = new JsonObject { ["require"] = "Signed" };
        var read = () => JsonSerializer.Deserialize(newer.ToJsonString(), ApiJson.Default.RecoveryPolicy);

        read.Should().Throw<JsonException>().Which.Path.Should().Be("$.spec.trust.require");
    }

    [Fact]
    public void Numbers_do_not_pass_for_enum_values_in_what_is_written() =>
        JsonSerializer.Serialize(Filled.Of(typeof(SecurityFinding)), ApiJson.Default.SecurityFinding).Should().Contain("\"severity\":\"Critical\"");

    /// <summary>The least that the schema accepts.</summary>
    private static string Bare(Type kind)
    {
        var filled = JsonNode.Parse(JsonSerializer.Serialize(Filled.Of(kind), ApiJson.Default.GetTypeInfo(kind)!))!.AsObject();
        Strip(Definition.Of(kind.Name).Root, filled, keep: ["apiVersion", "kind", "metadata"]);
        return filled.ToJsonString();
    }

    private static void Strip(JsonObject schema, JsonObject value, params IReadOnlyList<string> keep)
    {
        var required = schema["required"]?.AsArray().Select(r => (string)r!).ToHashSet() ?? [];
        foreach (var (name, inner) in value.ToList())
        {
            if (!required.Contains(name) && !keep.Contains(name))
                value.Remove(name);
            else if (schema["properties"]?[name] is JsonObject known && inner is JsonObject map)
                Strip(known, map);
        }
    }

    private static IEnumerable<string> Unwritten(JsonObject schema, JsonNode value, string path)
    {
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (name == "metadata")
                continue;
            if (value[name] is not { } inner)
                yield return $"{path}.{name}";
            else
                foreach (var missing in Unwritten(property!.AsObject(), inner, $"{path}.{name}"))
                    yield return missing;
        }
        if (schema["items"] is JsonObject item)
        {
            foreach (var missing in Unwritten(item, value[0]!, path + "[]"))
                yield return missing;
        }
    }
}
