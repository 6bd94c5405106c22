using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>The schema of one version of a custom resource, and all that it does to objects.</summary>
internal sealed class CustomResourceSchema(StructuralSchema root)
{
    private static readonly HashSet<string> Blocking =
        ["FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"];

    private readonly bool hasRules = root.Nodes.Any(n => n.HasRules);

    public static CustomResourceSchema Of(JsonObject version) => new(SchemaReader.Read(version.At("schema", "openAPIV3Schema"), "schema.openAPIV3Schema"));

    /// <summary>Removes the fields that it does not know.</summary>
    /// <returns>Their paths.</returns>
    public IReadOnlyList<string> Prune(JsonObject json) => Pruning.Prune(json, root);

    public void Default(JsonObject json) => Defaulting.Apply(json, root);

    /// <param name="old">Null on creation.</param>
    public IEnumerable<StatusCause> Validate(JsonObject json, JsonObject? old)
    {
        Violations violations = new("");
        SchemaValidation.Validate(json, old, root, violations);
        EmbeddedResources.Check(json, root, violations);
        return Finish(json, old, violations);
    }

    public IEnumerable<StatusCause> ValidateStatus(JsonObject json, JsonObject old)
    {
        Violations violations = new("status");
        if (json.TryGetPropertyValue("status", out var status) && root.Properties.TryGetValue("status", out var schema))
            SchemaValidation.Validate(status, old["status"], schema, violations);
        return Finish(json, old, violations);
    }

    private List<StatusCause> Finish(JsonObject json, JsonObject? old, Violations violations)
    {
        Violations duplicates = new(""), before = new("");
        Lists.CheckUnique(json, root, duplicates);
        if (duplicates.Count > 0)
            Lists.CheckUnique(old, root, before);
        List<StatusCause> causes = [.. violations.Causes, .. before.Count == 0 ? duplicates.Causes : []];
        // It leaves the CEL rules out as well then; here they are left out always.
        if (hasRules && causes.Any(c => Blocking.Contains(c.Reason)))
        {
            causes.Add(StatusCause.Invalid(
                "<nil>", "null",
                "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
        }
        return causes;
    }
}
