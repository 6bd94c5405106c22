using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

public sealed class SchemaValidationTests
{
    private const string IntOrString = """{"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": "^[0-9]+%$", "minimum": 0}""";

    [Theory]
    [InlineData("""{"type": "string"}""", "5", """spec.x: Invalid value: "integer": spec.x in body must be of type string: "integer".""")]
    [InlineData("""{"type": "string"}""", "{}", """spec.x: Invalid value: "object": spec.x in body must be of type string: "object".""")]
    [InlineData("""{"type": "integer"}""", "\"five\"", """spec.x: Invalid value: "string": spec.x in body must be of type integer: "string".""")]
    [InlineData("""{"type": "integer"}""", "1.5", """spec.x: Invalid value: "number": spec.x in body must be of type integer: "number".""")]
    [InlineData("""{"type": "integer", "format": "int32"}""", "true", """spec.x: Invalid value: "": spec.x in body must be of type int32: "".""")]
    [InlineData("""{"type": "object"}""", "\"text\"", """spec.x: Invalid value: "string": spec.x in body must be of type object: "string".""")]
    [InlineData("""{"type": "object"}""", "[]", """spec.x: Invalid value: "array": spec.x in body must be of type object: "array".""")]
    [InlineData("""{"type": "array", "items": {"type": "string"}}""", "{}", """spec.x: Invalid value: "object": spec.x in body must be of type array: "object".""")]
    [InlineData("""{"type": "array", "items": {"type": "string"}}""", "[null]", """spec.x[0]: Invalid value: "null": spec.x[0] in body must be of type string: "null".""")]
    [InlineData("""{"type": "boolean"}""", "\"true\"", """spec.x: Invalid value: "string": spec.x in body must be of type boolean: "string".""")]
    [InlineData(IntOrString, "true", "spec.x: Invalid value: \"boolean\": spec.x in body must be of type integer,string: \"boolean\", ")]
    [InlineData(IntOrString, "\"half\"", """spec.x: Invalid value: "half": spec.x in body should match '^[0-9]+%$'.""")]
    [InlineData(IntOrString, "-1", "spec.x: Invalid value: -1: spec.x in body should be greater than or equal to 0.")]
    [InlineData("""{"type": "string", "enum": ["A", "B"]}""", "\"C\"", """spec.x: Unsupported value: "C": supported values: "A", "B".""")]
    [InlineData("""{"type": "integer", "enum": [1, 2]}""", "3", """spec.x: Unsupported value: 3: supported values: "1", "2".""")]
    [InlineData("""{"type": "integer", "minimum": 1}""", "0", "spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1.")]
    [InlineData("""{"type": "integer", "minimum": 1, "exclusiveMinimum": true}""", "1", "spec.x: Invalid value: 1: spec.x in body should be greater than 1.")]
    [InlineData("""{"type": "integer", "maximum": 100}""", "101", "spec.x: Invalid value: 101: spec.x in body should be less than or equal to 100.")]
    [InlineData("""{"type": "number", "maximum": 0.5, "exclusiveMaximum": true}""", "0.5", "spec.x: Invalid value: 0.5: spec.x in body should be less than 0.5.")]
    [InlineData("""{"type": "integer", "multipleOf": 5}""", "7", "spec.x: Invalid value: 7: spec.x in body should be a multiple of 5.")]
    [InlineData("""{"type": "integer", "format": "int32"}""", "2147483648", """<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x.""")]
    [InlineData("""{"type": "string", "minLength": 2}""", "\"a\"", """spec.x: Invalid value: "a": spec.x in body should be at least 2 chars long.""")]
    [InlineData("""{"type": "string", "maxLength": 3}""", "\"four\"", "spec.x: Too long: may not be more than 3 bytes.")]
    [InlineData("""{"type": "string", "pattern": "^a+$"}""", "\"b\"", """spec.x: Invalid value: "b": spec.x in body should match '^a+$'.""")]
    [InlineData("""{"type": "string", "pattern": "^a+$"}""", "\"a\\n\"", """spec.x: Invalid value: "a\n": spec.x in body should match '^a+$'.""")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "\"yesterday\"", """spec.x: Invalid value: "yesterday": spec.x in body must be of type date-time: "yesterday".""")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "5", """spec.x: Invalid value: "int64": spec.x in body must be of type date-time: "int64".""")]
    [InlineData("""{"type": "array", "items": {"type": "string"}, "minItems": 1}""", "[]", "spec.x: Invalid value: 0: spec.x in body should have at least 1 items.")]
    [InlineData("""{"type": "array", "items": {"type": "string"}, "maxItems": 1}""", """["a", "b"]""", "spec.x: Too many: 2: must have at most 1 item.")]
    [InlineData("""{"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}""", "{}", "spec.x: Invalid value: 0: spec.x in body should have at least 1 properties.")]
    [InlineData("""{"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 1}""", """{"a": "", "b": ""}""", "spec.x: Too many: 2: must have at most 1 item.")]
    [InlineData("""{"type": "object", "additionalProperties": {"type": "string"}}""", """{"a": 1}""", """spec.x.a: Invalid value: "integer": spec.x.a in body must be of type string: "integer".""")]
    [InlineData("""{"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}""", """["a", "b", "a"]""", """spec.x[2]: Duplicate value: "a".""")]
    [InlineData(
        """{"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}""",
        """[{"name": "a"}, {"name": "a"}]""", """spec.x[1]: Duplicate value: {"name":"a"}.""")]
    [InlineData("""{"type": "string", "not": {"enum": ["root"]}}""", "\"root\"", """<nil>: Invalid value: "": "spec.x" must not validate the schema (not).""")]
    public async Task A_value_that_does_not_fit_is_refused_with_its_field(string schema, string value, string message)
    {
        await using var server = await SchemaServer.StartAsync(Spec(schema));

        var answer = await server.CreateAsync($$"""{"x": {{value}}}""");

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        $"{answer.Message}.".Should().Contain(message);
    }

    [Theory]
    [InlineData("""{"type": "integer"}""", "1.0")]
    [InlineData("""{"type": "number"}""", "1")]
    [InlineData(IntOrString, "3")]
    [InlineData(IntOrString, "\"3%\"")]
    [InlineData("""{"type": "string", "nullable": true}""", "null")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "\"2026-03-01T10:00:00.123456Z\"")]
    [InlineData("""{"type": "string", "maxLength": 2}""", "\"\uD83D\uDE00\uD83D\uDE00\"")]
    [InlineData("""{"type": "string", "format": "color-of-the-sea"}""", "\"grey\"")]
    [InlineData("""{"type": "object", "x-kubernetes-preserve-unknown-fields": true}""", """{"any": [1, {"thing": null}]}""")]
    [InlineData("""{"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}""", """["a", "b"]""")]
    public async Task A_value_that_fits_is_stored(string schema, string value)
    {
        await using var server = await SchemaServer.StartAsync(Spec(schema));

        var spec = await server.StoreAsync($$"""{"x": {{value}}}""");

        JsonNode.DeepEquals(spec!["x"], JsonNode.Parse(value)).Should().BeTrue("of {0}", spec);
    }

    [Fact]
    public async Task What_is_required_must_be_there()
    {
        await using var server = await SchemaServer.StartAsync("""{"type": "object", "required": ["match"], "properties": {"match": {"type": "string"}}}""");

        var answer = await server.CreateAsync("{}");

        answer.Message.Should().Be("Gadget.example.com \"g\" is invalid: spec.match: Required value");
        answer.Json.Items("details", "causes").Single().ToJsonString().Should()
            .Be("""{"reason":"FieldValueRequired","message":"Required value","field":"spec.match"}""");
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        await using var server = await SchemaServer.StartAsync(
            """{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer", "minimum": 1}}}""");

        var answer = await server.CreateAsync("""{"b": 0}""");

        answer.Message.Should().Be(
            "Gadget.example.com \"g\" is invalid: [spec.b: Invalid value: 0: spec.b in body should be greater than or equal to 1, spec.a: Required value]");
    }

    [Fact]
    public async Task A_spec_of_another_type_or_of_none_is_refused()
    {
        await using var server = await SchemaServer.StartAsync(Spec("""{"type": "string"}"""));

        (await server.CreateAsync("\"text\"")).Message.Should().Contain("spec: Invalid value: \"string\": spec in body must be of type object: \"string\"");
        (await server.CreateAsync("null")).Message.Should().Contain("spec: Required value");
    }

    [Theory]
    [InlineData("""{"a": "1", "b": "2"}""", "\"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives")]
    [InlineData("{}", "\"spec\" must validate one and only one schema (oneOf). Found none valid, spec.a: Required value")]
    public async Task Of_alternatives_exactly_one_must_hold(string spec, string message)
    {
        await using var server = await SchemaServer.StartAsync("""
            {
              "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
              "oneOf": [{"required": ["a"]}, {"required": ["b"]}]
            }
            """);

        (await server.CreateAsync(spec)).Message.Should().Contain(message);
        (await server.CreateAsync("""{"b": "2"}""")).Code.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_status_is_validated_when_it_is_written()
    {
        await using var server = await SchemaServer.StartAsync(Spec("""{"type": "string"}"""), """
            {
              "type": "object", "required": ["phase"],
              "properties": {"phase": {"type": "string", "enum": ["New", "Done"]}, "count": {"type": "integer"}}
            }
            """);
        var made = (await server.CreateAsync("{}")).Ok;
        made["status"] = JsonNode.Parse("""{"count": "many"}""");

        var answer = await server.Api.UpdateAsync($"{SchemaServer.Gadgets}/g/status", made);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Contain("""status.count: Invalid value: "string": count in body must be of type integer: "string", status.phase: Required value""");
    }

    private static string Spec(string x) => $$$"""{"type": "object", "properties": {"x": {{{x}}} } }""";
}
