using System.Text.Json.Nodes;
using Operator.DevCluster.Server;
using Operator.DevCluster.Tables;

namespace Operator.DevCluster.Schema;

/// <summary>What holds for the versions of a CustomResourceDefinition: schemas, printer columns and the scale subresource.</summary>
internal static class VersionRules
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    private static readonly string[] AtRoot =
    [
        "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
        "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items", "properties", "externalDocs", "example",
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    ];

    public static IEnumerable<StatusCause> Check(JsonObject spec)
    {
        var versions = spec.Items("versions").ToList();
        if (versions.Count(v => v.Flag("storage")) != 1)
            yield return StatusCause.Invalid("spec.versions", FieldValue.Of(spec["versions"]), "must have exactly one version marked as storage version");
        if (versions.Select(v => v.Text("name")).Distinct().Count() < versions.Count)
            yield return StatusCause.Invalid("spec.versions", FieldValue.Of(spec["versions"]), "must contain unique version names");
        foreach (var (i, version) in versions.Index())
        {
            string path = $"spec.versions[{i}]";
            if (!DefinitionRules.IsLabel(version.Text("name") ?? ""))
                yield return StatusCause.Invalid($"{path}.name", FieldValue.Of(version["name"]), DefinitionRules.LabelRule);
            foreach (var cause in Schema(version, $"{path}.schema.openAPIV3Schema").Concat(Columns(version, path)).Concat(Scale(version, path)))
                yield return cause;
        }
    }

    private static IEnumerable<StatusCause> Schema(JsonObject version, string path)
    {
        if (version.At("schema", "openAPIV3Schema") is not { } node)
            return [StatusCause.Required(path, "schemas are required")];
        var schema = SchemaReader.Read(node, path);
        var json = (JsonObject)node;
        List<StatusCause> causes = [.. KeywordRules.Check(json, path), .. StructuralRules.Check(json, path)];
        if (version.At("subresources", "status") is not null && json.Any(m => !AtRoot.Contains(m.Key)))
            causes.Add(StatusCause.Invalid(path, FieldValue.Of(json), $"only [{string.Join(' ', AtRoot)}] fields are allowed at the root of the schema if the status subresource is enabled"));
        return causes.Count > 0 ? causes : DefaultRules.Check(schema, path);
    }

    private static IEnumerable<StatusCause> Columns(JsonObject version, string path)
    {
        foreach (var (i, column) in version.Items("additionalPrinterColumns").Index())
        {
            string at = $"{path}.additionalPrinterColumns[{i}]", jsonPath = column.Text("jsonPath") ?? "";
            if (string.IsNullOrEmpty(column.Text("name")))
                yield return StatusCause.Required($"{at}.name");
            if (!ColumnTypes.Contains(column.Text("type")))
                yield return StatusCause.Invalid($"{at}.type", FieldValue.Of(column["type"]), $"must be one of {string.Join(',', ColumnTypes)}");
            if (jsonPath.Length == 0)
                yield return StatusCause.Required($"{at}.JSONPath");
            else if (jsonPath[0] != '.')
                yield return StatusCause.Invalid($"{at}.JSONPath", FieldValue.Of(jsonPath), "must be a simple json path starting with .");
            else if (!IsPath(jsonPath))
                yield return StatusCause.Invalid($"{at}.JSONPath", FieldValue.Of(jsonPath), "must be a json path in the dot notation");
        }
    }

    private static IEnumerable<StatusCause> Scale(JsonObject version, string path)
    {
        if (version.At("subresources", "scale") is not JsonObject scale)
            yield break;
        foreach (var (key, root) in ((string, string)[])[("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")])
        {
            string at = $"{path}.subresources.scale.{key}", value = scale.Text(key) ?? "";
            if (value.Length == 0)
                yield return StatusCause.Required(at);
            else if (!value.StartsWith(root, StringComparison.Ordinal))
                yield return StatusCause.Invalid(at, FieldValue.Of(value), $"should be a json path under {root.TrimEnd('.')}");
        }
    }

    private static bool IsPath(string text)
    {
        try
        {
            JsonPath.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
