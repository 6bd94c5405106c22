using Operator.Cluster;
using Operator.Domain.Isolation;

namespace Operator.Isolation;

/// <summary>The NetworkPolicies of a namespace, as isolation evaluates them.</summary>
internal static class NetworkPolicies
{
    /// <summary>What other policies allow beside a deny for the whole cluster: nothing, or only what that kind of deny cannot select.</summary>
    public static AllowedTraffic Beside(ClusterDeny? deny, AllowedTraffic allowed) =>
        deny is null ? allowed : deny.Dialect.OnlyPods ? allowed.OutsideOnly : AllowedTraffic.None;

    /// <summary>From the cache, which follows each change: what it says is evaluated again then.</summary>
    public static NetworkPolicyEvaluation In(ClusterCache cache, string ns) =>
        new(cache.NetworkPolicies.Store.ByIndex(ClusterCache.ByNamespace, ns).Select(p => p.Facts));

    /// <summary>Whether a change could alter what isolation finds: one of labels or annotations cannot.</summary>
    public static bool Same(NetworkPolicy? one, NetworkPolicy? other) =>
        one is not null && other is not null
        && (one.Facts.AllowsIngress, one.Facts.AllowsOutside, one.Facts.AllowsEgress) == (other.Facts.AllowsIngress, other.Facts.AllowsOutside, other.Facts.AllowsEgress)
        && (one.Spec.PolicyTypes ?? []).SequenceEqual(other.Spec.PolicyTypes ?? [])
        && SameSelector(one.Spec.PodSelector, other.Spec.PodSelector);

    private static bool SameSelector(Domain.Policies.LabelSelector? one, Domain.Policies.LabelSelector? other) =>
        one is not null && other is not null
        && (one.MatchLabels ?? new Dictionary<string, string>()).OrderBy(l => l.Key).SequenceEqual((other.MatchLabels ?? new Dictionary<string, string>()).OrderBy(l => l.Key))
        && (one.MatchExpressions ?? []).Select(Words).SequenceEqual((other.MatchExpressions ?? []).Select(Words));

    private static string Words(Domain.Policies.LabelExpression expression) => $"{expression.Key} {expression.Operator} {string.Join(',', expression.Values ?? [])}";
}
