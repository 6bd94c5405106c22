using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary><c>anyOf</c>, <c>oneOf</c>, <c>allOf</c> and <c>not</c>. Where none fits, what the closest one asks is reported as well.</summary>
internal static class Alternatives
{
    public static void Check(JsonNode value, JsonNode? old, ValueValidation rules, Violations violations)
    {
        if (rules.AnyOf.Count > 0)
            AnyOf(Branches(value, old, rules.AnyOf, violations), violations);
        if (rules.OneOf.Count > 0)
            OneOf(Branches(value, old, rules.OneOf, violations), violations);
        if (rules.AllOf.Count > 0)
            AllOf(Branches(value, old, rules.AllOf, violations), violations);
        if (rules.Not is { } not && Branch(value, old, not, violations).Count == 0)
            violations.General($"\"{violations.Path}\" must not validate the schema (not)");
    }

    private static void AnyOf(List<Violations> branches, Violations violations)
    {
        if (branches.Any(b => b.Count == 0))
            return;
        violations.General($"\"{violations.Path}\" must validate at least one schema (anyOf)");
        violations.Add(branches.MaxBy(b => b.Matches)!);
    }

    private static void OneOf(List<Violations> branches, Violations violations)
    {
        int valid = branches.Count(b => b.Count == 0);
        if (valid == 1)
            return;
        string found = valid == 0 ? "Found none valid" : $"Found {valid} valid alternatives";
        violations.General($"\"{violations.Path}\" must validate one and only one schema (oneOf). {found}");
        if (valid == 0)
            violations.Add(branches.MaxBy(b => b.Matches)!);
    }

    private static void AllOf(List<Violations> branches, Violations violations)
    {
        foreach (var branch in branches)
            violations.Add(branch);
        if (branches.Any(b => b.Count > 0))
            violations.General($"\"{violations.Path}\" must validate all the schemas (allOf){(branches.All(b => b.Count > 0) ? ". None validated" : "")}");
    }

    private static List<Violations> Branches(JsonNode value, JsonNode? old, IReadOnlyList<StructuralSchema> schemas, Violations violations) =>
        [.. schemas.Select(s => Branch(value, old, s, violations))];

    private static Violations Branch(JsonNode value, JsonNode? old, StructuralSchema schema, Violations violations)
    {
        var branch = violations.Branch();
        SchemaValidation.Validate(value, old, schema, branch);
        return branch;
    }
}
