namespace Operator.Domain.Planning;

/// <summary>The limits that recoveries share.</summary>
public enum SharedLimit
{
    /// <summary>The replacements of one policy in flight.</summary>
    PolicySlots,

    /// <summary>The replacements in flight in the cluster.</summary>
    ClusterSlots,

    /// <summary>What one namespace may hold of either while others wait.</summary>
    NamespaceShare,

    /// <summary>The replacements of one policy in one namespace within the hour.</summary>
    NamespaceBreaker,

    /// <summary>The replacements of one policy in all namespaces within the hour.</summary>
    PolicyBreaker,
}

/// <summary>Sliding windows and the breaker, as functions of what was used when.</summary>
public static class Limits
{
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>
    /// How many times its hour for one namespace a policy has for all of them. No namespace uses up more than one of these, so the
    /// breaker of the whole policy opens only where several namespaces had a part in it.
    /// </summary>
    public const int NamespacesPerPolicy = 4;

    /// <summary>When a window has room again; null when it has now. A limit of none never has room, and is looked at again.</summary>
    public static DateTimeOffset? RoomAt(IReadOnlyList<DateTimeOffset> uses, int limit, TimeSpan window, DateTimeOffset now)
    {
        if (limit <= 0)
            return now + window;
        var within = uses.Where(u => u > now - window).Order().ToList();
        return within.Count < limit ? null : within[within.Count - limit] + window;
    }

    /// <summary>
    /// A breaker opens when one more replacement is wanted than the hour allows. It stays open for its cooldown,
    /// and for as long as the hour has no room; a person closes it by no longer counting what was before.
    /// </summary>
    public static DateTimeOffset? BreakerOpensUntil(IReadOnlyList<DateTimeOffset> removals, int maxPerHour, TimeSpan cooldown, DateTimeOffset now)
    {
        if (RoomAt(removals, maxPerHour, Hour, now) is not { } room)
            return null;
        return room > now + cooldown ? room : now + cooldown;
    }
}
