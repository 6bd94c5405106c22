namespace Operator.Domain.Isolation;

/// <summary>
/// The NetworkPolicies of one namespace that allow something, ready to be asked about many pods. Those that require a label are found by
/// it, so that a namespace of many pods and many policies does not compare each with each.
/// </summary>
public sealed class NetworkPolicyEvaluation
{
    private readonly Dictionary<(string Key, string Value), List<NetworkPolicyFacts>> byLabel = [];
    private readonly List<NetworkPolicyFacts> others = [];

    public NetworkPolicyEvaluation(IEnumerable<NetworkPolicyFacts> policies)
    {
        foreach (var policy in policies)
        {
            if (!policy.AllowsAnything)
                continue;
            if (policy.Selector is { IsValid: true, MatchLabels: { Count: > 0 } required } && required.First() is var (key, value))
            {
                if (!byLabel.TryGetValue((key, value), out var requiring))
                    byLabel[(key, value)] = requiring = [];
                requiring.Add(policy);
            }
            else
            {
                others.Add(policy);
            }
        }
    }

    /// <summary>Nothing in the namespace allows anything.</summary>
    public bool IsEmpty => byLabel.Count == 0 && others.Count == 0;

    /// <summary>The policies that select a pod with these labels and allow it something, each direction for itself.</summary>
    public AllowedTraffic Of(IEnumerable<KeyValuePair<string, string>>? labels)
    {
        var set = labels switch
        {
            null => new Dictionary<string, string>(),
            IReadOnlyDictionary<string, string> known => known,
            _ => new Dictionary<string, string>(labels),
        };
        var selecting = others.Concat(set.SelectMany(l => byLabel.GetValueOrDefault((l.Key, l.Value)) ?? [])).Where(p => p.Selects(set)).ToList();
        if (selecting.Count == 0)
            return AllowedTraffic.None;
        return new(
            Names(p => p.AllowsIngress),
            Names(p => p.AllowsOutside),
            Names(p => p.AllowsEgress));

        IReadOnlyList<string> Names(Func<NetworkPolicyFacts, bool> allows) => [.. selecting.Where(allows).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }
}
