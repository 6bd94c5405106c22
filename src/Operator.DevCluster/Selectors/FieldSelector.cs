using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Selectors;

/// <summary>Which fields an object must have: equality over the few fields that its resource offers.</summary>
public sealed class FieldSelector(IReadOnlyList<FieldSelector.Term> terms)
{
    public static FieldSelector Everything { get; } = new([]);

    public bool MatchesEverything => terms.Count == 0;

    public static FieldSelector Parse(string? text, ResourceDefinition resource)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Everything;
        List<Term> terms = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ParseTerm)];
        foreach (var term in terms)
        {
            if (resource.Strategy.SelectableField([], term.Path) is null)
                throw new StatusException(ApiStatus.BadRequest(Unsupported(term.Path, resource)));
        }
        return new(terms);
    }

    public bool Matches(JsonObject json, ResourceDefinition resource)
    {
        foreach (var term in terms)
        {
            if ((resource.Strategy.SelectableField(json, term.Path) == term.Value) == term.Negated)
                return false;
        }
        return true;
    }

    private static string Unsupported(string path, ResourceDefinition resource) => resource.Strategy.HasSelectableFields
        ? $"field label not supported: {path}"
        : $"\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";

    private static Term ParseTerm(string text)
    {
        foreach (string symbol in (string[])["!=", "==", "="])
        {
            if (text.IndexOf(symbol, StringComparison.Ordinal) is > 0 and var at)
                return new(text[..at], text[(at + symbol.Length)..], symbol == "!=");
        }
        throw new StatusException(ApiStatus.BadRequest($"invalid selector: '{text}'; can't understand '{text}'"));
    }

    public sealed record Term(string Path, string Value, bool Negated);
}
