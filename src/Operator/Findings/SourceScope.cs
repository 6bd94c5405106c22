using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Findings;

/// <summary>What a finding may speak for: the namespaces of its source and the highest severity.</summary>
internal sealed record SourceScope(string Source, IReadOnlyCollection<string> Namespaces, FindingSeverity Highest)
{
    public bool Includes(string? ns) => ns is not null && (Namespaces.Contains("*") || Namespaces.Contains(ns));

    public FindingSeverity Limit(FindingSeverity severity) => severity < Highest ? severity : Highest;

    public static SourceScope Of(FindingSource source) => new(source.Metadata.Name, source.Spec.Namespaces, source.Spec.MaximumSeverity);

    /// <summary>
    /// Judged when the finding is resolved, by the source as it is then: what it means may only be known long after it was received.
    /// Of a source that is gone only the namespace counts that the finding itself names, which was judged when it was received.
    /// </summary>
    public static async Task<SourceScope> OfAsync(SecurityFinding finding, bool manual, ClusterCache cache, CancellationToken cancellation)
    {
        if (manual)
            return new(WellKnown.ManualSource, [finding.Metadata.NamespaceProperty], FindingSeverity.Critical);
        if (cache.FindingSources.Store.Get(new("", finding.Spec.Source)) is { } cached)
            return Of(cached);
        // A source that this cache does not know may be younger than it.
        return await cache.FindingSources.Api.GetAsync(new("", finding.Spec.Source), cancellation) switch
        {
            ApiResult<FindingSource>.NotFound => new(finding.Spec.Source, finding.Spec.Target.Namespace is { Length: > 0 } named ? [named] : [], finding.Spec.Severity),
            var live => Of(live.Required()),
        };
    }
}
