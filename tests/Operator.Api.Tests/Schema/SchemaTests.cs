using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.Schema;

public sealed partial class SchemaTests
{
    private static IEnumerable<Field> All => Definition.All.SelectMany(d => d.Fields());

    /// <summary>What people write, and the policy that a recovery keeps; the rest of a recovery is the operator's.</summary>
    private static IEnumerable<Field> Specs => All.Where(f => f.Path.Split('.') is [_, "spec", ..]);

    [Fact]
    public void Every_type_and_field_says_what_it_is()
    {
        // metadata is described by Kubernetes; a plain element by the field that holds it.
        All.Where(f => !f.Path.EndsWith(".metadata", StringComparison.Ordinal))
            .Where(f => !f.IsElement || f.Type == "object")
            .Where(f => string.IsNullOrWhiteSpace((string?)f.Schema["description"]))
            .Select(f => f.Path).Should().BeEmpty();
    }

    [Fact]
    public void The_values_of_an_enum_are_explained()
    {
        var (mode, approval) = (Described("spec.mode"), Described("spec.replace.approval"));
        mode.Should().Contain("Observe: ").And.Contain("Contain: ").And.Contain("Recover: ");
        approval.Should().Contain("LastReadyPod: ");

        static string Described(string path) => (string)Definition.Of("RecoveryPolicy").Fields().Single(f => f.Path == $"RecoveryPolicy.{path}").Schema["description"]!;
    }

    [Fact]
    public void The_schemas_are_structural()
    {
        foreach (var (path, schema) in All)
        {
            var intOrString = (bool?)schema["x-kubernetes-int-or-string"] is true;
            (schema["type"] is not null).Should().Be(!intOrString, $"{path} has one type, or is an integer or a string");
            schema.Select(p => p.Key).Should().NotContain(["$ref", "oneOf", "allOf", "not", "nullable", "x-kubernetes-preserve-unknown-fields"], path);
            (schema["anyOf"] is not null).Should().Be(intOrString, path);
            (schema["properties"] is not null && schema["additionalProperties"] is not null).Should().BeFalse(path);
            if ((string?)schema["type"] == "array")
                schema["items"].Should().NotBeNull(path);
        }
    }

    [Fact]
    public void Everything_has_an_upper_bound()
    {
        // CEL's cost and an object's size are estimated from these.
        foreach (var field in All.Where(f => f.Schema["enum"] is null && f.Schema["format"] is null))
        {
            var bound = field switch
            {
                { Type: "string" } => "maxLength",
                { Type: "array" } => "maxItems",
                { Schema: var s } when s["additionalProperties"] is not null => "maxProperties",
                _ => null,
            };
            if (bound is not null && !field.Path.EndsWith(".apiVersion", StringComparison.Ordinal) && !field.Path.EndsWith(".kind", StringComparison.Ordinal))
                field.Schema[bound].Should().NotBeNull($"{field.Path} needs {bound}");
        }
    }

    [Fact]
    public void Every_key_of_a_map_has_an_upper_bound()
    {
        // A digest's pattern is its length.
        var maps = All.Where(f => f.Schema["additionalProperties"] is not null && f.Path != "ImageRevocationList.spec.revoked").ToList();

        maps.Should().NotBeEmpty();
        foreach (var map in maps)
            Rules(map).Should().Contain(r => r.StartsWith("self.all(k, size(k) <= ", StringComparison.Ordinal), $"a schema does not bound the keys of {map.Path}");
    }

    [Theory]
    [InlineData("SecurityFinding.spec", 32 << 10)]
    [InlineData("SecurityFinding.status", 96 << 10)]
    [InlineData("FindingSource.spec", 64 << 10)]
    [InlineData("RecoveryPolicy.spec.match.podSelector", 512 << 10)]
    [InlineData("Recovery.spec", 64 << 10)]
    public void An_object_has_no_more_characters_than_a_cache_can_hold(string path, int most)
    {
        var schema = All.Single(f => f.Path == path).Schema;

        Characters(schema).Should().BeLessThanOrEqualTo(most, path);
    }

    /// <summary>The most that the strings and keys of a schema hold together.</summary>
    private static long Characters(JsonObject schema)
    {
        var total = (schema["x-kubernetes-validations"]?.AsArray() ?? []).Select(r => TotalRule().Match((string)r!["rule"]!)).FirstOrDefault(m => m.Success);
        if (total is not null)
            return long.Parse(total.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        if ((string?)schema["type"] == "string")
            return schema["enum"] is JsonArray values ? values.Max(v => ((string)v!).Length) : (long?)schema["maxLength"] ?? 40;
        if (schema["items"] is JsonObject item)
            return (long)schema["maxItems"]! * Characters(item);
        if (schema["additionalProperties"] is JsonObject value)
            return (long)schema["maxProperties"]! * (317 + Characters(value));
        return (schema["properties"]?.AsObject() ?? []).Sum(p => Characters(p.Value!.AsObject()));
    }

    private static IEnumerable<string> Rules(Field field) => (field.Schema["x-kubernetes-validations"]?.AsArray() ?? []).Select(r => (string)r!["rule"]!);

    [GeneratedRegex(@"\.sum\(\) <= ([0-9]+)$")]
    private static partial Regex TotalRule();

    [Fact]
    public void What_people_write_can_be_read()
    {
        foreach (var field in Specs.Where(f => f.Type == "integer" || f.Schema["x-kubernetes-int-or-string"] is not null))
            (field.Schema["minimum"] is not null && field.Schema["maximum"] is not null).Should().BeTrue($"{field.Path} could be a number that is too large to read");
        foreach (var field in Specs.Where(f => ((string?)f.Schema["pattern"])?.Contains("ms|s|m|h", StringComparison.Ordinal) is true))
            field.Schema["x-kubernetes-validations"]?.ToJsonString().Should().Contain("duration(self)", $"{field.Path} could be a duration that is too long to count with");
        foreach (var field in All.Where(f => (string?)f.Schema["format"] == "date-time"))
            field.Schema["pattern"].Should().NotBeNull(field.Path);
    }

    [Fact]
    public void A_time_of_an_odd_spelling_is_refused()
    {
        var pattern = (string)All.First(f => (string?)f.Schema["format"] == "date-time").Schema["pattern"]!;

        foreach (var good in new[] { "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123456789+01:00" })
            Regex.IsMatch(good, pattern).Should().BeTrue(good);
        foreach (var odd in new[] { "2026-03-01t10:00:00z", "0000-01-01T00:00:00Z", "2026-03-01T10:00:00+99:00", "2026-03-01T10:00:00.1234567890123456789Z" })
            Regex.IsMatch(odd, pattern).Should().BeFalse(odd);
    }

    [Fact]
    public void Every_list_says_how_it_is_merged()
    {
        foreach (var (path, schema) in All.Where(f => f.Type == "array"))
        {
            var type = (string?)schema["x-kubernetes-list-type"];
            type.Should().BeOneOf(["atomic", "set", "map"], path);
            foreach (var key in schema["x-kubernetes-list-map-keys"]?.AsArray() ?? [])
                schema["items"]!["required"]!.AsArray().Select(r => (string)r!).Should().Contain((string)key!, path);
            if (type == "map")
                schema["x-kubernetes-list-map-keys"]!.AsArray().Should().NotBeEmpty(path);
        }
        All.Where(f => f.Path.EndsWith(".conditions", StringComparison.Ordinal))
            .Select(f => (string?)f.Schema["x-kubernetes-list-map-keys"]?[0]).Should().OnlyContain(key => key == "type");
    }

    [Fact]
    public void Enums_are_in_PascalCase()
    {
        foreach (var field in All.Where(f => f.Schema["enum"] is not null))
            field.Schema["enum"]!.AsArray().Select(v => (string)v!).Should().OnlyContain(v => Pascal().IsMatch(v), field.Path);
    }

    [Fact]
    public void Every_default_is_valid_once_its_own_fields_are_defaulted()
    {
        foreach (var field in All.Where(f => f.Schema["default"] is not null))
            SchemaCheck.Errors(field.Schema, Defaulted(field.Schema), field.Path).Should().BeEmpty();
        All.Where(f => f.Path.Contains(".status", StringComparison.Ordinal) && f.Schema["default"] is not null)
            .Select(f => f.Path).Should().BeEmpty("what was not observed must not appear");
    }

    [Fact]
    public void Every_default_duration_is_within_its_bounds()
    {
        var bounded = from type in typeof(WellKnown).Assembly.GetTypes()
                      from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                      where Attribute.IsDefined(property, typeof(LastsAttribute))
                      select property;
        bounded.Should().NotBeEmpty();
        foreach (var property in bounded)
        {
            var lasts = property.GetCustomAttribute<LastsAttribute>()!;
            ((KubeDuration)property.GetValue(Activator.CreateInstance(property.DeclaringType!))!).Value
                .Should().BeGreaterThanOrEqualTo(KubeDuration.Parse(lasts.AtLeast).Value, property.Name)
                .And.BeLessThanOrEqualTo(KubeDuration.Parse(lasts.AtMost).Value, property.Name);
        }
    }

    [Fact]
    public void The_defaults_are_the_designs()
    {
        var spec = Defaulted(Definition.Of("ClusterRecoveryPolicy").Root["properties"]!["spec"]!.AsObject(), new JsonObject { ["match"] = new JsonObject() });

        JsonNode.DeepEquals(spec, JsonNode.Parse("""
            {
              "mode": "Observe",
              "priority": 0,
              "match": {"maxFindingAge": "15m"},
              "contain": {"network": "DenyAll", "connections": "MayContinue", "node": "None"},
              "evidence": {"logs": {"tailLines": 2000}, "deadline": "5s"},
              "replace": {
                "pin": "Auto", "gitOps": "Pin", "retainOriginalFor": "0s", "gracePeriodSeconds": 1,
                "disruptionBudgets": {"respect": true, "overrideAfter": "5m"},
                "approval": ["DaemonSet", "LastReadyPod"]
              },
              "trust": {"require": "Listed", "revoke": "Never"},
              "verify": {"deadline": "10m", "soak": "2m"},
              "limits": {
                "contain": {"maxPerNamespace": 50, "per": "10m"},
                "replace": {"maxConcurrent": 3, "maxUnavailable": "25%", "maxPerHour": 20, "cooldown": "10m"}
              },
              "escalate": {"after": 3, "within": "1h"}
            }
            """)).Should().BeTrue(spec.ToJsonString());
    }

    [Fact]
    public void What_is_not_there_yet_is_refused()
    {
        var team = Definition.Of("RecoveryPolicy");
        Refused(team, """{"contain": {"node": "Cordon"}}""", ".contain.node: unknown field");
        Refused(team, """{"namespaceSelector": {}}""", ".namespaceSelector: unknown field");
        Refused(team, """{"trust": {"require": "Signed"}}""", ".trust.require: 'Signed' is none of");
        Refused(team, """{"replace": {"pin": "Admission"}}""", ".replace.pin: 'Admission' is none of");
        Refused(team, """{"replace": {"gracePeriodSeconds": 0}}""", "below minimum 1");
        Refused(team, """{"limits": {"replace": {"maxUnavailable": "250%"}}}""", "does not match");
        Refused(team, """{"limits": {"replace": {"maxUnavailable": -1}}}""", "below minimum 0");
        Refused(Definition.Of("ClusterRecoveryPolicy"), """{"contain": {"node": "Replace"}}""", ".contain.node: 'Replace' is none of");
        Refused(Definition.Of("FindingSource"), """{"type": "Webhook"}""", ".type: 'Webhook' is none of");
        Refused(Definition.Of("FindingSource"), """{"authentication": {"tokenSHA256": []}}""", "below minItems 1");
        Refused(Definition.Of("TrustedImage"), """{"signatures": []}""", ".signatures: unknown field");

        static void Refused(Definition definition, string spec, string why) =>
            SchemaCheck.Errors(definition.Root["properties"]!["spec"]!.AsObject(), JsonNode.Parse(spec))
                .Should().Contain(e => e.Contains(why, StringComparison.Ordinal), spec);
    }

    [Fact]
    public void A_rule_speaks_of_fields_that_exist()
    {
        foreach (var (path, schema) in All.Where(f => f.Schema["x-kubernetes-validations"] is not null))
        {
            foreach (var rule in schema["x-kubernetes-validations"]!.AsArray())
            {
                ((string?)rule!["message"]).Should().NotBeNullOrWhiteSpace(path);
                foreach (Match use in Uses().Matches((string)rule["rule"]!))
                {
                    var names = use.Groups[1].Value.Split('.', StringSplitOptions.RemoveEmptyEntries);
                    if (schema["type"]!.GetValue<string>() == "object" && schema["properties"] is not null && names is not ["metadata", ..])
                        Definition.At(schema, names).Should().NotBeNull($"{path}: {use.Value}");
                }
            }
        }
    }

    [Theory]
    [InlineData("SecurityFinding.spec", "self == oldSelf")]
    [InlineData("Recovery.spec", "self.target == oldSelf.target")]
    [InlineData("Recovery.spec", "self.approval == oldSelf.approval")]
    [InlineData("Recovery.spec", "!oldSelf.cancelled || self.cancelled")]
    [InlineData("Recovery.spec.approval", "has(self.planHash)")]
    [InlineData("Recovery", "self.spec.approval.planHash == self.status.plan.hash")]
    [InlineData("FindingSource", "self.metadata.name != 'manual'")]
    [InlineData("ImageRevocationList.spec.revoked", "matches('^sha256:[0-9a-f]{64}$')")]
    [InlineData("RecoveryPolicy.spec.match.podSelector.matchExpressions[]", "size(self.values) > 0")]
    [InlineData("RecoveryPolicy.spec.limits.contain.per", "duration(self) >= duration('1s')")]
    [InlineData("RecoveryPolicy.spec.evidence.deadline", "duration(self) <= duration('60s')")]
    public void The_API_server_checks(string path, string expression) =>
        All.Single(f => f.Path == path).Schema["x-kubernetes-validations"]!.AsArray()
            .Select(r => (string)r!["rule"]!).Should().Contain(r => r.Contains(expression, StringComparison.Ordinal));

    /// <summary>What the API server makes of an absent or unfinished value.</summary>
    private static JsonNode Defaulted(JsonObject schema, JsonNode? given = null)
    {
        var value = (given ?? schema["default"])!.DeepClone();
        if (value is not JsonObject map)
            return value;
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (map.ContainsKey(name) ? map[name] is JsonObject : property!["default"] is not null)
                map[name] = Defaulted(property!.AsObject(), map[name]);
        }
        return value;
    }

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*$")]
    private static partial Regex Pascal();

    [GeneratedRegex(@"\b(?:self|oldSelf)((?:\.[a-zA-Z]+(?![a-zA-Z(]))+)")]
    private static partial Regex Uses();
}
