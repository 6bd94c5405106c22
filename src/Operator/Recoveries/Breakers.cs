using System.Globalization;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;

namespace Operator.Recoveries;

/// <summary>A breaker that holds the replacements of its policy back.</summary>
internal sealed record OpenBreaker(DateTimeOffset OpenedAt, DateTimeOffset Until);

/// <summary>The breakers of all policies. What is open stands in the policy's status, too: the next leader takes it from there.</summary>
internal sealed class Breakers
{
    private readonly Dictionary<PolicyKey, OpenBreaker> breakers = [];

    /// <param name="policy">Whose breaker.</param>
    /// <param name="now">The present.</param>
    /// <param name="reset">What opened before is closed.</param>
    /// <returns>Null while it is closed.</returns>
    public OpenBreaker? Of(PolicyKey policy, DateTimeOffset now, DateTimeOffset? reset)
    {
        if (!breakers.TryGetValue(policy, out var breaker) || (breaker.Until > now && !(breaker.OpenedAt <= reset)))
            return breaker;
        breakers.Remove(policy);
        return null;
    }

    public void Open(PolicyKey policy, DateTimeOffset now, DateTimeOffset until) => breakers[policy] = new(now, until);

    public void Restore(PolicyKey policy, BreakerStatus? recorded)
    {
        if (recorded is { OpenedAt: { } opened, Until: { } until })
            breakers.TryAdd(policy, new(opened, until));
    }

    /// <summary>A person says what no longer counts; nobody can say it for the future, which would disable the breaker.</summary>
    public static DateTimeOffset? ResetOf(V1ObjectMeta? policy, DateTimeOffset now) =>
        DateTimeOffset.TryParse(policy?.Annotation(WellKnown.BreakerResetAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at <= now ? at : null;
}
