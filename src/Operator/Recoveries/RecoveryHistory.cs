using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>What earlier episodes of the same workload say about this one.</summary>
internal static class RecoveryHistory
{
    public static History Of(ClusterCache cache, RecoveryAuthority authority, Recovery recovery, DateTimeOffset now)
    {
        if (recovery.Spec.Target.Workload is not { } workload)
            return new();
        var since = now - recovery.Spec.Policy.Spec.Escalate.Within.Value;
        var earlier = cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, workload.Uid)
            .Where(r => r.Metadata.Uid != recovery.Metadata.Uid && authority.SpeaksFor(r, recovery) && r.Status?.Progress?.ReplacementStartedAt > since)
            .ToList();
        var rules = RulesOf(cache, recovery);
        return new History
        {
            // The episode that put this target there is about to end as Recompromised, whoever of the two is looked at first.
            Recompromised = earlier.Count(r => r.Status!.Outcome == nameof(Outcome.Recompromised)
                || (r.Status.Outcome is null && r.Status.Replacements.Any(p => p.Uid == recovery.Spec.Target.Uid))),
            RuleFiredAgain = earlier
                .Where(r => r.Status!.Replacements.Any(p => p.Uid == recovery.Spec.Target.Uid))
                .Where(r => r.Spec.Policy.Spec.Trust.Require == Api.V1Alpha1.TrustRequirement.Listed)
                .SelectMany(r => r.Status!.Findings.Select(f => f.Rule))
                .FirstOrDefault(rules.Contains),
        };
    }

    private static HashSet<string> RulesOf(ClusterCache cache, Recovery recovery)
    {
        var first = cache.SecurityFindings.Store.Get(new(recovery.Spec.Finding.Namespace, recovery.Spec.Finding.Name));
        return [.. cache.SecurityFindings.Store
            .ByIndex(ClusterCache.ByRecovery, ObjectKey.Of(recovery.Metadata).ToString())
            .Select(f => f.Spec.Rule)
            .Concat(first is null ? [] : [first.Spec.Rule])];
    }
}
