namespace Operator.Domain.Planning;

/// <summary>Slots that namespaces share: none holds more than its share while others wait, and what is free goes round among those that do.</summary>
public sealed class FairTurns
{
    /// <summary>Who waits asks again within this time; who has not asked for longer keeps nobody else waiting.</summary>
    public static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, long> served = new(StringComparer.Ordinal);
    private long turns;

    /// <summary>A namespace took a slot: it is the last in turn now.</summary>
    public void Serve(string ns) => served[ns] = ++turns;

    /// <summary>When a namespace last took a slot, in turns; 0 for one that never did.</summary>
    public long Of(string ns) => served.GetValueOrDefault(ns);

    /// <param name="limit">Which slots.</param>
    /// <param name="max">How many there are.</param>
    /// <param name="holders">The namespace of each slot that is taken.</param>
    /// <param name="ns">The namespace that wants one.</param>
    /// <param name="waiting">The namespaces that wait for one.</param>
    /// <param name="now">The present.</param>
    /// <returns>Why it gets none although one is free; null where it may take it, or where none is free.</returns>
    public Decision.Wait? Refuse(SharedLimit limit, int max, IReadOnlyCollection<string> holders, string ns, IReadOnlySet<string> waiting, DateTimeOffset now)
    {
        var others = waiting.Where(w => w != ns).ToList();
        if (others.Count == 0 || holders.Count >= max)
            return null;
        var (held, share) = (holders.Count(h => h == ns), Math.Max(1, max / 2));
        if (held >= share)
            return new(Reasons.ReplacementLimit, $"{held} of {max} replacements in flight are of this namespace, and other namespaces wait", now + Recheck) { Limit = SharedLimit.NamespaceShare };
        return others.Count(o => Of(o) < Of(ns)) >= max - holders.Count
            ? new(Reasons.ReplacementLimit, "it is the turn of other namespaces, which wait for longer", now + Recheck) { Limit = limit }
            : null;
    }
}
