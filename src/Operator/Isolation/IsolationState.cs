namespace Operator.Isolation;

/// <summary>A deny that nothing overrides, as an object that is there and says so.</summary>
/// <param name="Dialect">Its kind.</param>
/// <param name="Uid">By which an object that was made again is told from the one that was there.</param>
internal sealed record ClusterDeny(IsolationDialect Dialect, string Uid)
{
    /// <summary>The name of the object in every dialect, as config/isolation has it.</summary>
    public const string ObjectName = "immutable-recovery-quarantine";

    /// <summary>The object, as people know it.</summary>
    public string Display => $"{Dialect.Kind} {ObjectName}";

    /// <summary>What it means for a pod: connections that are open already, and what its rules cannot select and a NetworkPolicy denies.</summary>
    public string Effect => string.Join("; ", new[]
    {
        Dialect.OpenConnections switch
        {
            OpenConnections.Cut => "connections that were open are cut",
            OpenConnections.MayContinue => "connections that were open may continue",
            _ => "connections that were open may continue, depending on the network plugin",
        },
        Dialect.OnlyPods ? "what comes from nodes and from outside the cluster is denied by a NetworkPolicy" : null,
    }.OfType<string>());
}

/// <summary>What is known of each dialect.</summary>
/// <param name="InForce">Those that deny everything to quarantined pods, in the order of <see cref="IsolationDialect.All"/>.</param>
/// <param name="NotBelieved">Objects that are there and do not deny everything, and why, by dialect.</param>
/// <param name="Unknown">Dialects that could not be read, and why.</param>
internal sealed record IsolationState(
    IReadOnlyList<ClusterDeny> InForce, IReadOnlyDictionary<string, string> NotBelieved, IReadOnlyDictionary<string, string> Unknown)
{
    public const string NetworkPolicy = "NetworkPolicy";

    /// <summary>Before the first look: nothing is claimed.</summary>
    public static readonly IsolationState NotLooked =
        new([], new Dictionary<string, string>(), IsolationDialect.All.ToDictionary(d => d.Name, _ => "the operator has not looked yet"));

    /// <summary>What isolates a quarantined pod, for people.</summary>
    public string Display => InForce is [var deny, ..] ? deny.Display : "a NetworkPolicy in the namespace of each quarantined pod";

    /// <summary>The same, with what is in doubt.</summary>
    public string Explained => string.Join("; ",
        NotBelieved.Select(n => $"{n.Key} is not relied on: {n.Value}").Concat(Unknown.Select(u => $"{u.Key} is not known: {u.Value}")).Prepend(Display));

    /// <summary>What the chart's value and the metric call it.</summary>
    public string Dialect => InForce is [var deny, ..] ? deny.Dialect.Name : NetworkPolicy;

    public bool SameAs(IsolationState other) =>
        InForce.SequenceEqual(other.InForce) && Same(NotBelieved, other.NotBelieved) && Same(Unknown, other.Unknown);

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(e => other.TryGetValue(e.Key, out var value) && value == e.Value);
}
