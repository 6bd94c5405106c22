using System.Globalization;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;

namespace Operator.Recoveries;

/// <summary>A breaker that holds replacements back.</summary>
internal sealed record OpenBreaker(DateTimeOffset OpenedAt, DateTimeOffset Until);

/// <summary>
/// The breakers of all policies: one for each namespace, and one for the whole policy. What is open stands in the policy's status, too:
/// the next leader takes it from there.
/// </summary>
internal sealed class Breakers
{
    private readonly Dictionary<(PolicyKey Policy, string? Namespace), OpenBreaker> breakers = [];

    /// <param name="policy">Whose breaker.</param>
    /// <param name="ns">The namespace that it is for; null for the whole policy's.</param>
    /// <param name="now">The present.</param>
    /// <param name="reset">What opened before is closed.</param>
    /// <returns>Null while it is closed.</returns>
    public OpenBreaker? Of(PolicyKey policy, string? ns, DateTimeOffset now, DateTimeOffset? reset)
    {
        if (!breakers.TryGetValue((policy, ns), out var breaker) || (breaker.Until > now && !(breaker.OpenedAt <= reset)))
            return breaker;
        breakers.Remove((policy, ns));
        return null;
    }

    /// <summary>The namespaces of a policy whose breakers are open, in the order of their names.</summary>
    public IReadOnlyList<(string Namespace, OpenBreaker Breaker)> OfNamespaces(PolicyKey policy, DateTimeOffset now, DateTimeOffset? reset) =>
    [
        .. from ns in breakers.Keys.Where(b => b.Policy == policy).Select(b => b.Namespace).OfType<string>().Order(StringComparer.Ordinal).ToList()
           let breaker = Of(policy, ns, now, reset)
           where breaker is not null
           select (ns, breaker),
    ];

    public void Open(PolicyKey policy, string? ns, DateTimeOffset now, DateTimeOffset until) => breakers[(policy, ns)] = new(now, until);

    public void Restore(PolicyKey policy, BreakerStatus? recorded)
    {
        if (recorded is null)
            return;
        // Of a policy with namespaces of its own, the times outside of them are the latest of theirs.
        if (recorded is { OpenedAt: { } opened, Until: { } until } && (recorded.ForAllNamespaces || recorded.Namespaces.Count == 0))
            breakers.TryAdd((policy, policy.IsCluster ? null : policy.Namespace), new(opened, until));
        foreach (var open in recorded.Namespaces)
            breakers.TryAdd((policy, open.Namespace), new(open.OpenedAt, open.Until));
    }

    /// <summary>A person says what no longer counts; nobody can say it for the future, which would disable the breaker.</summary>
    public static DateTimeOffset? ResetOf(V1ObjectMeta? policy, DateTimeOffset now) =>
        DateTimeOffset.TryParse(policy?.Annotation(WellKnown.BreakerResetAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at <= now ? at : null;
}
