using System.Collections.Immutable;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Policies;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Policies;

/// <summary>The policies as matching sees them, and the copy of one that a recovery takes along.</summary>
internal sealed class PolicyCatalog(ClusterCache cache, RecoveryAuthority authority)
{
    public IEnumerable<MatchablePolicy> All() =>
        cache.ClusterRecoveryPolicies.Store.All.Where(p => IsWhole(p.Metadata)).Select(ToMatchable)
            .Concat(cache.RecoveryPolicies.Store.All.Where(p => IsWhole(p.Metadata)).Select(ToMatchable));

    /// <summary>A policy that is larger than its schema allows now, and was stored before, is not read whole: half of what it says would be another policy.</summary>
    private static bool IsWhole(k8s.Models.V1ObjectMeta metadata) => metadata.DeletionTimestamp is null && !metadata.IsTruncated();

    public MatchablePod Matchable(Pod pod) => new(
        pod.Metadata.NamespaceProperty,
        LabelsOf(pod),
        cache.Namespaces.Store.Get(new("", pod.Metadata.NamespaceProperty))?.Metadata.Labels?.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty);

    /// <summary>The policy as it is now; null when it went meanwhile. A manual finding never leads to a node action, nor to a revocation for the whole cluster.</summary>
    public PolicyCopy? Copy(MatchablePolicy policy, bool manual)
    {
        if (policy.Namespace is { } ns)
        {
            return cache.RecoveryPolicies.Store.Get(new(ns, policy.Name)) is { } own
                ? Copy(own.Kind, own.Metadata, own.Spec.ToProtocol())
                : null;
        }
        if (cache.ClusterRecoveryPolicies.Store.Get(new("", policy.Name)) is not { } cluster)
            return null;
        var protocol = cluster.Spec.ToProtocol();
        return Copy(cluster.Kind, cluster.Metadata, manual ? protocol.ForManual() : protocol);
    }

    public static MatchablePolicy ToMatchable(RecoveryPolicy policy) => Of(policy.Spec, policy.Metadata, policy.Metadata.NamespaceProperty, null);

    public static MatchablePolicy ToMatchable(ClusterRecoveryPolicy policy) => Of(policy.Spec, policy.Metadata, null, policy.Spec.NamespaceSelector);

    /// <summary>A detached pod keeps the labels it had, as far as policies are concerned. Only one that a recovery did detach: anybody can write an annotation.</summary>
    private IReadOnlyDictionary<string, string> LabelsOf(Pod pod) =>
        ObjectKey.TryParse(pod.Metadata.Annotation(WellKnown.RecoveryAnnotation), out var recovery)
        && cache.Recoveries.Store.Get(recovery) is { } record && authority.Believes(record) && record.Spec.Target.Uid == pod.Metadata.Uid
        && pod.Metadata.Annotation(WellKnown.DetachedAtAnnotation) is not null
        && DetachedLabels.MayBe(pod, record)
        && PodPatches.OriginalLabels(pod) is { } labels
            ? labels
            : pod.Metadata.Labels?.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty;

    private static PolicyCopy Copy(string kind, k8s.Models.V1ObjectMeta metadata, ProtocolSpec spec) => new()
    {
        Kind = kind,
        Name = metadata.Name,
        Uid = metadata.Uid,
        Generation = metadata.Generation ?? 0,
        Spec = spec,
    };

    private static MatchablePolicy Of(PolicySpec spec, k8s.Models.V1ObjectMeta metadata, string? ns, PodSelector? namespaces) => new()
    {
        Namespace = ns,
        Name = metadata.Name,
        Priority = spec.Priority,
        CreatedAt = metadata.CreationTimestamp ?? DateTime.MinValue,
        Findings = [.. spec.Match.Findings.Select(f => new FindingMatcher(f.Sources, f.Rules, (Domain.Findings.Severity)f.MinimumSeverity, f.Tags))],
        MaxFindingAge = spec.Match.MaxFindingAge,
        PodSelector = spec.Match.PodSelector.ToSelector(),
        NamespaceSelector = namespaces.ToSelector(),
    };
}
