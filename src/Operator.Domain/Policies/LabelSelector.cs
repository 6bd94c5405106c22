namespace Operator.Domain.Policies;

/// <summary>A label selector: every label and every expression must hold. Empty selects everything.</summary>
public sealed record LabelSelector
{
    public IReadOnlyDictionary<string, string> MatchLabels { get; set; } = new Dictionary<string, string>();
    public IReadOnlyList<LabelExpression> MatchExpressions { get; set; } = [];

    public bool Matches(IEnumerable<KeyValuePair<string, string>>? labels)
    {
        var set = labels is null ? [] : new Dictionary<string, string>(labels);
        return MatchLabels.All(l => set.TryGetValue(l.Key, out var value) && value == l.Value)
            && MatchExpressions.All(e => e.Matches(set));
    }
}

public sealed record LabelExpression
{
    public required string Key { get; init; }
    public required string Operator { get; init; }
    public IReadOnlyList<string> Values { get; set; } = [];

    internal bool Matches(Dictionary<string, string> labels) => Operator switch
    {
        "In" => labels.TryGetValue(Key, out var value) && Values.Contains(value),
        "NotIn" => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
        "Exists" => labels.ContainsKey(Key),
        "DoesNotExist" => !labels.ContainsKey(Key),
        // An operator this version does not know selects nothing rather than everything.
        _ => false,
    };
}
