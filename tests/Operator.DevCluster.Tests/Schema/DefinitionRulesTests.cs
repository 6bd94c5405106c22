using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

public sealed class DefinitionRulesTests(ApiServerFixture fixture)
{
    private const string Root = "spec.versions[0].schema.openAPIV3Schema";

    [Theory]
    [InlineData("{}", ".properties[spec].type: Required value: must not be empty for specified object fields")]
    [InlineData("""{"type": "array"}""", ".properties[spec].items: Required value: must be specified")]
    [InlineData("""{"type": "array", "items": {}}""", ".properties[spec].items.type: Required value: must not be empty for specified array items")]
    [InlineData("""{"type": "text"}""", """.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string".""")]
    [InlineData("""{"type": "string", "pattern": "("}""", ".properties[spec].pattern: Invalid value: \"(\": must be a valid regular expression, but isn't: ")]
    [InlineData("""{"type": "string", "pattern": "(?=a)"}""", ".properties[spec].pattern: Invalid value: \"(?=a)\": must be a valid regular expression, but isn't: ")]
    [InlineData("""{"type": "string", "format": "isbn"}""", ".properties[spec].format: Invalid value: \"isbn\": is not validated by the embedded cluster")]
    [InlineData("""{"type": "object", "$ref": "#/elsewhere"}""", ".properties[spec].$ref: Forbidden: $ref is not supported")]
    [InlineData("""{"type": "array", "items": {"type": "string"}, "uniqueItems": true}""", ".properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true")]
    [InlineData(
        """{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}""",
        ".properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("""{"type": "object", "anyOf": [{"type": "string"}]}""", ".properties[spec].anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData(
        """{"type": "object", "oneOf": [{"properties": {"a": {"minLength": 1}}}]}""",
        ".properties[spec].properties[a]: Required value: because it is defined in " + Root + ".properties[spec].oneOf[0].properties[a]")]
    [InlineData(
        """{"type": "object", "not": {"default": {}, "description": "no"}}""",
        ".properties[spec].not.description: Forbidden: must be empty to be structural")]
    [InlineData("""{"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "map"}""", ".properties[spec].x-kubernetes-list-map-keys: Required value")]
    [InlineData(
        """{"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}""",
        ".properties[spec].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("""{"type": "integer", "default": "many"}""", """.properties[spec].default: Invalid value: "string":  in body must be of type integer: "string".""")]
    [InlineData(
        """{"type": "object", "default": {"b": 1}, "properties": {"a": {"type": "string"}}}""",
        """.properties[spec].default: Invalid value: {"b":1}: must not have unknown fields""")]
    [InlineData("""{"type": "object", "default": {}, "required": ["a"], "properties": {"a": {"type": "string"}}}""", ".properties[spec].default.a: Required value")]
    public async Task A_schema_that_is_not_structural_is_refused_with_its_field(string spec, string message)
    {
        var answer = await fixture.Api.CreateAsync(SchemaServer.Definitions, SchemaServer.Definition(spec));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        $"{answer.Message}.".Should().Contain(Root + message);
    }

    [Theory]
    [InlineData("""{"type": 5}""", "cannot unmarshal number into Go struct field JSONSchemaProps.{0}.properties.type of type string")]
    [InlineData(
        """{"type": "object", "properties": []}""",
        "cannot unmarshal array into Go struct field JSONSchemaProps.{0}.properties.properties of type map[string]v1.JSONSchemaProps")]
    [InlineData(
        """{"type": "object", "required": "match"}""", "cannot unmarshal string into Go struct field JSONSchemaProps.{0}.properties.required of type []string")]
    [InlineData("""{"type": "integer", "minimum": "1"}""", "cannot unmarshal string into Go struct field JSONSchemaProps.{0}.properties.minimum of type float64")]
    [InlineData("\"object\"", "cannot unmarshal string into Go struct field JSONSchemaProps.{0}.properties of type v1.JSONSchemaProps")]
    public async Task A_schema_that_cannot_be_read_is_a_bad_request(string spec, string message)
    {
        var answer = await fixture.Api.CreateAsync(SchemaServer.Definitions, SchemaServer.Definition(spec));

        answer.Code.Should().Be(HttpStatusCode.BadRequest);
        answer.Message.Should().Be(
            $"CustomResourceDefinition in version \"v1\" cannot be handled as a CustomResourceDefinition: json: {message.Replace("{0}", "spec.versions.schema.openAPIV3Schema", StringComparison.Ordinal)}");
    }

    [Fact]
    public async Task A_keyword_that_is_none_is_warned_of_and_dropped()
    {
        var definition = SchemaServer.Definition("""{"type": "integer", "minimun": 1}""");

        var answer = await fixture.Api.CreateAsync($"{SchemaServer.Definitions}?dryRun=All", definition);

        answer.Warnings.Should().Equal($"299 - \"unknown field \\\"{Root}.properties.spec.minimun\\\"\"");
        answer.Text.Should().NotContain("minimun");
    }

    [Theory]
    [InlineData("group", "com", "spec.group: Invalid value: \"com\": should be a domain with at least one dot")]
    [InlineData("scope", "Galaxy", "spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", \"Namespaced\"")]
    [InlineData("scope", "", "spec.scope: Required value")]
    [InlineData("names/plural", "Gadgets", "spec.names.plural: Invalid value: \"Gadgets\": a DNS-1035 label must consist of lower case")]
    [InlineData("names/kind", "My Gadget", "spec.names.kind: Invalid value: \"My Gadget\": may have mixed case, but should otherwise match")]
    [InlineData("names/listKind", "Gadget", "spec.names.listKind: Invalid value: \"Gadget\": kind and listKind may not be the same")]
    [InlineData("names/plural", "widgets", "metadata.name: Invalid value: \"gadgets.example.com\": must be spec.names.plural+\".\"+spec.group")]
    public async Task A_wrong_name_is_refused(string field, string value, string message)
    {
        var definition = SchemaServer.Definition("""{"type": "object"}""");
        string[] path = field.Split('/');
        ((JsonObject)definition.At(["spec", .. path[..^1]])!)[path[^1]] = value;

        (await fixture.Api.CreateAsync(SchemaServer.Definitions, definition)).Message.Should().Contain(message);
    }

    [Theory]
    [InlineData("""{"name": "A", "type": "text", "jsonPath": ".spec.a"}""", "type: Invalid value: \"text\": must be one of boolean,date,integer,number,string")]
    [InlineData("""{"name": "A", "type": "string", "jsonPath": "spec.a"}""", "JSONPath: Invalid value: \"spec.a\": must be a simple json path starting with .")]
    [InlineData("""{"name": "A", "type": "string", "jsonPath": ".spec.a["}""", "JSONPath: Invalid value: \".spec.a[\"")]
    [InlineData("""{"type": "string", "jsonPath": ".spec.a"}""", "name: Required value")]
    public async Task A_wrong_printer_column_is_refused(string column, string message)
    {
        var definition = SchemaServer.Definition("""{"type": "object"}""");
        definition.Items("spec", "versions").Single()["additionalPrinterColumns"] = new JsonArray(JsonNode.Parse(column));

        (await fixture.Api.CreateAsync(SchemaServer.Definitions, definition)).Message.Should().Contain($"spec.versions[0].additionalPrinterColumns[0].{message}");
    }

    [Fact]
    public async Task What_the_storage_depends_on_cannot_change()
    {
        await using var server = await SchemaServer.StartAsync("""{"type": "object"}""");
        var definition = (await server.Api.GetAsync($"{SchemaServer.Definitions}/gadgets.example.com")).Ok;
        definition["spec"]!["scope"] = "Cluster";

        var answer = await server.Api.UpdateAsync($"{SchemaServer.Definitions}/gadgets.example.com", definition);

        answer.Message.Should().Contain("spec.scope: Invalid value: \"Cluster\": field is immutable");
    }
}
