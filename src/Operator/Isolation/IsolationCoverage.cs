using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Isolation;

namespace Operator.Isolation;

/// <summary>
/// Counts, before any incident, the pods of a policy whose isolation would be incomplete. The NetworkPolicies of a namespace are indexed once,
/// and pods with the same labels are evaluated once: what a StatefulSet or a template shares.
/// </summary>
internal sealed class IsolationCoverage(ClusterCache cache, bool deniesNetwork, ClusterDeny? deny)
{
    private const int MostNamed = 50;

    /// <summary>What a detached pod still has. Its value differs with each recovery.</summary>
    private static readonly Dictionary<string, string> Detached = new() { [WellKnown.QuarantineLabel] = "" };

    private readonly Dictionary<string, (NetworkPolicyEvaluation Policies, AllowedTraffic Detached)> namespaces = [];
    private readonly Dictionary<(string Namespace, string Labels), AllowedTraffic> evaluated = [];
    private readonly SortedSet<string> labelled = new(StringComparer.Ordinal);
    private readonly SortedSet<string> detached = new(StringComparer.Ordinal);
    private int notIsolated;
    private int notIsolatedDetached;

    public void Count(Pod pod)
    {
        if (!deniesNetwork)
            return;
        if (pod.Spec.HostNetwork)
        {
            notIsolated++;
            notIsolatedDetached++;
            return;
        }
        if (deny is { Dialect.OnlyPods: false })
            return;
        var ns = pod.Metadata.NamespaceProperty;
        if (!namespaces.TryGetValue(ns, out var known))
        {
            var policies = NetworkPolicies.In(cache, ns);
            namespaces[ns] = known = (policies, NetworkPolicies.Beside(deny, policies.Of(Detached)));
        }
        if (known.Policies.IsEmpty)
            return;
        var allowed = AllowedTo(known.Policies, ns, pod);
        notIsolated += allowed.IsNone ? 0 : 1;
        notIsolatedDetached += known.Detached.IsNone ? 0 : 1;
        Name(labelled, ns, allowed);
        Name(detached, ns, known.Detached);
    }

    public void Report(PolicyCoverage coverage)
    {
        coverage.NotIsolated = notIsolated;
        coverage.NotIsolatedDetached = notIsolatedDetached;
        coverage.AllowedBy = [.. labelled];
        coverage.AllowedDetachedBy = [.. detached];
    }

    private AllowedTraffic AllowedTo(NetworkPolicyEvaluation policies, string ns, Pod pod)
    {
        var labels = new Dictionary<string, string>(pod.Metadata.Labels ?? new Dictionary<string, string>()) { [WellKnown.QuarantineLabel] = "" };
        var key = (ns, string.Join('\n', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")));
        return evaluated.TryGetValue(key, out var known) ? known : evaluated[key] = NetworkPolicies.Beside(deny, policies.Of(labels));
    }

    /// <summary>The first by name, so that a recount of the same policies says the same.</summary>
    private static void Name(SortedSet<string> names, string ns, AllowedTraffic allowed)
    {
        foreach (var name in allowed.Ingress.Concat(allowed.Egress))
        {
            names.Add($"{ns}/{name}");
            if (names.Count > MostNamed)
                names.Remove(names.Max!);
        }
    }
}
