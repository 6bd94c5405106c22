using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>What holds for a CustomResourceDefinition, its versions aside.</summary>
internal static partial class DefinitionRules
{
    public const string LabelRule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an " +
        "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    public static IEnumerable<StatusCause> Check(JsonObject definition)
    {
        var spec = definition.Ensure("spec");
        string group = spec.Text("group") ?? "", scope = spec.Text("scope") ?? "";
        if (definition.Name != $"{spec.TextAt("names", "plural")}.{group}")
            yield return StatusCause.Invalid("metadata.name", FieldValue.Of(definition.Name), "must be spec.names.plural+\".\"+spec.group");
        if (group.Length == 0)
            yield return StatusCause.Required("spec.group");
        else if (!group.Contains('.', StringComparison.Ordinal))
            yield return StatusCause.Invalid("spec.group", FieldValue.Of(group), "should be a domain with at least one dot");
        if (scope.Length == 0)
            yield return StatusCause.Required("spec.scope");
        else if (scope is not ("Namespaced" or "Cluster"))
            yield return new("FieldValueNotSupported", $"Unsupported value: \"{scope}\": supported values: \"Cluster\", \"Namespaced\"", "spec.scope");
        if (spec.Flag("preserveUnknownFields"))
            yield return StatusCause.Invalid("spec.preserveUnknownFields", "true", "must be false");
        if (spec.TextAt("conversion", "strategy") != "None")
            yield return StatusCause.Invalid("spec.conversion.strategy", FieldValue.Of(spec.At("conversion", "strategy")), "the embedded cluster converts nothing: must be None");
        foreach (var cause in Names(spec.Ensure("names")).Concat(VersionRules.Check(spec)))
            yield return cause;
    }

    public static IEnumerable<StatusCause> CheckUpdate(JsonObject definition, JsonObject old)
    {
        foreach (string[] path in (string[][])[["spec", "scope"], ["spec", "names", "kind"], ["spec", "group"], ["spec", "names", "plural"]])
        {
            if (definition.TextAt(path) != old.TextAt(path))
                yield return StatusCause.Invalid(string.Join('.', path), FieldValue.Of(definition.At(path)), "field is immutable");
        }
    }

    private static IEnumerable<StatusCause> Names(JsonObject names)
    {
        foreach (string required in (string[])["plural", "singular", "kind", "listKind"])
        {
            string name = names.Text(required) ?? "", field = $"spec.names.{required}";
            bool mixed = required is "kind" or "listKind";
            if (name.Length == 0)
                yield return StatusCause.Required(field);
            else if (!IsLabel(mixed ? name.ToLowerInvariant() : name))
                yield return StatusCause.Invalid(field, FieldValue.Of(name), mixed ? $"may have mixed case, but should otherwise match: {LabelRule}" : LabelRule);
        }
        if (names.Text("kind") == names.Text("listKind"))
            yield return StatusCause.Invalid("spec.names.listKind", FieldValue.Of(names["listKind"]), "kind and listKind may not be the same");
        foreach (string list in (string[])["shortNames", "categories"])
        {
            foreach (var (i, name) in (names[list] as JsonArray ?? []).Index())
            {
                if (!IsLabel(name?.ToString() ?? ""))
                    yield return StatusCause.Invalid($"spec.names.{list}[{i}]", FieldValue.Of(name), LabelRule);
            }
        }
    }

    public static bool IsLabel(string name) => name.Length <= 63 && Label().IsMatch(name);
}
