namespace Operator.Domain.Policies;

/// <summary>
/// A label selector, as apimachinery evaluates it: every label and every expression must hold; empty selects everything. One that the API
/// server would refuse selects nothing.
/// </summary>
public sealed record LabelSelector
{
    private static readonly Dictionary<string, string> NoLabels = [];

    public IReadOnlyDictionary<string, string>? MatchLabels { get; set; }
    public IReadOnlyList<LabelExpression>? MatchExpressions { get; set; }

    /// <summary>Whether the API server would accept it.</summary>
    public bool IsValid => MatchExpressions?.All(e => e is { IsValid: true }) is not false;

    public bool Matches(IEnumerable<KeyValuePair<string, string>>? labels)
    {
        var set = labels switch
        {
            null => NoLabels,
            IReadOnlyDictionary<string, string> known => known,
            _ => new Dictionary<string, string>(labels),
        };
        foreach (var (key, wanted) in MatchLabels ?? NoLabels)
        {
            if (!set.TryGetValue(key, out var value) || value != wanted)
                return false;
        }
        foreach (var expression in MatchExpressions ?? [])
        {
            if (expression is not { IsValid: true } || !expression.Matches(set))
                return false;
        }
        return true;
    }
}

/// <summary>One requirement: In and NotIn need values, Exists and DoesNotExist have none. NotIn also holds where the label is absent.</summary>
public sealed record LabelExpression
{
    public required string Key { get; init; }
    public required string Operator { get; init; }
    public IReadOnlyList<string>? Values { get; set; }

    /// <summary>Whether the API server would accept it.</summary>
    public bool IsValid => Operator switch
    {
        "In" or "NotIn" => Values is { Count: > 0 },
        "Exists" or "DoesNotExist" => Values is not { Count: > 0 },
        _ => false,
    };

    internal bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        "In" => labels.TryGetValue(Key, out var value) && Values!.Contains(value),
        "NotIn" => !labels.TryGetValue(Key, out var value) || !Values!.Contains(value),
        "Exists" => labels.ContainsKey(Key),
        _ => !labels.ContainsKey(Key),
    };
}
