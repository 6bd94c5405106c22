using Operator.Access;
using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Policies;
using Operator.Domain.Trust;
using Operator.Isolation;
using Operator.Recoveries;
using Operator.Runtime;
using Operator.Telemetry;
using Limits = Operator.Domain.Planning.Limits;

namespace Operator.Policies;

/// <summary>Says of each policy, before any incident, what it would do: whom it covers, what is missing, and how its recoveries and breaker stand.</summary>
internal sealed class PolicyReconciler(ClusterCache cache, OperatorAccess access, ClusterAdmission admission, ClusterIsolation isolation, PolicyCatalog catalog, RecoveryAuthority authority, RecoveryLedger ledger, EventRecorder events, OperatorOptions options, TimeProvider time) : IReconciler<PolicyKey>
{
    private const int MostMissing = 50;
    private const int MostNamespaces = 50;
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(10);

    public Task<ReconcileResult> ReconcileAsync(PolicyKey key, CancellationToken cancellation)
    {
        if (key.IsCluster)
        {
            return cache.ClusterRecoveryPolicies.Store.Get(new("", key.Name)) is { } policy
                ? UpdateAsync(key, policy.Metadata, policy.Spec, policy.Spec.Trust, policy.Spec.Contain.Network, policy.Status, PolicyCatalog.ToMatchable(policy),
                    async s => (await cache.ClusterRecoveryPolicies.Api.ReplaceAsync(policy with { Status = s }, "status", cancellation)).Required(), cancellation)
                : Task.FromResult(ReconcileResult.Done);
        }
        return cache.RecoveryPolicies.Store.Get(new(key.Namespace, key.Name)) is { } own
            ? UpdateAsync(key, own.Metadata, own.Spec, own.Spec.Trust, own.Spec.Contain.Network, own.Status, PolicyCatalog.ToMatchable(own),
                async s => (await cache.RecoveryPolicies.Api.ReplaceAsync(own with { Status = s }, "status", cancellation)).Required(), cancellation)
            : Task.FromResult(ReconcileResult.Done);
    }

    private async Task<ReconcileResult> UpdateAsync(PolicyKey key, k8s.Models.V1ObjectMeta metadata, PolicySpec spec, TrustSpec trust, NetworkContainment network, PolicyStatus? before, MatchablePolicy policy, Func<PolicyStatus, Task> write, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var use = ledger.StateOf(key, Breakers.ResetOf(metadata, now));
        var open = use.Namespaces.Select(n => n.Breaker).Concat(use.Breaker is { } whole ? [whole] : []).ToList();
        bool IsOwn(Recovery recovery) => PolicyKey.Of(recovery) == key && authority.Believes(recovery);
        var status = new PolicyStatus
        {
            ObservedGeneration = metadata.Generation ?? 0,
            Conditions = [.. before?.Conditions ?? []],
            Coverage = CoverageOf(policy, trust.Require, new IsolationCoverage(cache, network == NetworkContainment.DenyAll, isolation.Current.InForce.FirstOrDefault())),
            Breaker = new BreakerStatus
            {
                State = open.Count == 0 ? "Closed" : "Open",
                OpenedAt = open.MinBy(b => b.OpenedAt)?.OpenedAt,
                Until = open.MaxBy(b => b.Until)?.Until,
                Reason = open.Count == 0 ? null : ReasonOf(key, use, spec.Limits.Replace.MaxPerHour),
                StartedLastHour = use.StartedLastHour,
                ForAllNamespaces = use.Breaker is not null,
                Namespaces = [.. use.Namespaces.Take(MostNamespaces).Select(n => new NamespaceBreaker { Namespace = n.Namespace, OpenedAt = n.Breaker.OpenedAt, Until = n.Breaker.Until })],
            },
            Recoveries = Count(cache.GoingRecoveries.Where(IsOwn)),
            Latest = LatestRecoveries.Of(cache.Recoveries.Store.All.Where(IsOwn)),
        };
        Describe(status, await MissingAsync(key, spec, cancellation), metadata.Generation ?? 0, now);
        if (before is null || !PolicyStatusComparer.Same(before, status))
        {
            await write(status);
            Announce(key, metadata, before, status);
        }
        return ReconcileResult.After(open.Count == 0 ? Recheck : open.Min(b => b.Until) - now);
    }

    /// <summary>Which budget is used up: one namespace's share, or that of the whole policy.</summary>
    private static string ReasonOf(PolicyKey key, PolicyUse use, int maxPerHour) =>
        use.Breaker is not null ? $"{Limits.NamespacesPerPolicy} times limits.replace.maxPerHour ({maxPerHour}) is used up by all namespaces together"
        : key.IsCluster ? $"limits.replace.maxPerHour ({maxPerHour}) is used up in {string.Join(", ", use.Namespaces.Take(5).Select(n => n.Namespace))}{(use.Namespaces.Count > 5 ? $" and {use.Namespaces.Count - 5} more" : "")}"
        : $"limits.replace.maxPerHour ({maxPerHour}) is used up";

    private PolicyCoverage CoverageOf(MatchablePolicy policy, Api.V1Alpha1.TrustRequirement require, IsolationCoverage isolation)
    {
        var state = admission.Current;
        var trust = new TrustDecision(
            [.. cache.TrustedImages.Store.All.Select(DomainMapping.ToRepository)],
            cache.ImageRevocationLists.Store.All.SelectMany(l => l.Spec.Revoked.Keys).ToHashSet(),
            (Domain.Trust.TrustRequirement)require);
        int pods = 0, trusted = 0, unknown = 0, pinned = 0;
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var pod in cache.Pods.Store.All.Where(p => p.Status.Phase is not ("Succeeded" or "Failed") && !options.Protects(p.Metadata.NamespaceProperty) && policy.Selects(catalog.Matchable(p))))
        {
            pods++;
            isolation.Count(pod);
            if (state.Has(AdmissionPolicyName.PinImages) && cache.Namespaces.Store.Get(new("", pod.Metadata.NamespaceProperty))?.Metadata.Label(WellKnown.PinImagesLabel) == "true")
                pinned++;
            var images = PodImages.Of(cache, pod);
            var lacking = images
                .Where(i => !trust.Trusts(i.Template) && trust.Choose(i.Template, RunningImage.Parse(i.ImageId)) is DigestChoice.None)
                .Select(i => i.Template.ToString() is var name && name.Length <= 512 ? name : name[..512])
                .ToList();
            if (lacking.Count == 0)
                trusted++;
            if (images.Select(i => trust.Judge(i.Template, i.Spec, i.ImageId)).Worst() == TrustVerdict.Unknown)
                unknown++;
            missing.UnionWith(lacking);
        }
        var coverage = new PolicyCoverage
        {
            Pods = pods,
            Trusted = trusted,
            Unknown = unknown,
            Missing = [.. missing.Take(MostMissing)],
            PinnedAtAdmission = pinned,
            Admission = [.. state.InForce.Keys.Order()],
            AdmissionMissing = [.. state.Missing.OrderBy(m => m.Key).Select(m => $"{AdmissionState.NameOf(m.Key)}: {m.Value}").Select(m => m.Length <= 512 ? m : m[..512])],
        };
        isolation.Report(coverage);
        return coverage;
    }

    private static RecoveryCounts Count(IEnumerable<Recovery> going)
    {
        var own = going.ToList();
        bool Has(Recovery recovery, string type) => recovery.Status?.Conditions.Any(c => c.Type == type && c.Status == "True") is true;
        return new RecoveryCounts
        {
            Active = own.Count,
            Blocked = own.Count(r => Has(r, "Stalled")),
            Waiting = own.Count(r => !Has(r, "Stalled") && r.Status?.Progress?.ReplacementStartedAt is null),
        };
    }

    /// <summary>What this policy asks for that the operator's account may not do.</summary>
    private async Task<IReadOnlyList<OptionalRole>> MissingAsync(PolicyKey key, PolicySpec spec, CancellationToken cancellation)
    {
        if (spec.Mode is RecoveryMode.Observe)
            return [];
        List<OptionalRole> missing = [];
        if (spec.Replace.Pin is not PinMode.None
            && !(key.IsCluster ? access.Has(OptionalRole.WorkloadWrites) : await access.AllowsAsync(OptionalRole.WorkloadWrites, key.Namespace, cancellation)))
            missing.Add(OptionalRole.WorkloadWrites);
        if (spec is ClusterRecoveryPolicySpec { Contain.Node: not NodeContainment.None } && !access.Has(OptionalRole.Nodes))
            missing.Add(OptionalRole.Nodes);
        if (spec is ClusterRecoveryPolicySpec { Trust.Revoke: RevocationMode.OnRecovery } && !access.Has(OptionalRole.AdmissionData))
            missing.Add(OptionalRole.AdmissionData);
        return missing;
    }

    private static void Describe(PolicyStatus status, IReadOnlyList<OptionalRole> missing, long generation, DateTimeOffset now)
    {
        var (coverage, open) = (status.Coverage!, status.Breaker!.State == "Open");
        status.Conditions.Set("Ready", true, "Active", "findings are matched against it", generation, now);
        status.Conditions.Set("Reconciling", false, "Active", "", generation, now);
        status.Conditions.Set("Stalled", false, "Active", "", generation, now);
        status.Conditions.Set("Covered", coverage.Missing.Count == 0,
            coverage.Pods == 0 ? "NoPods" : coverage.Missing.Count == 0 ? "AllTrusted" : "DigestsMissing",
            coverage.Missing.Count == 0
                ? $"each of {coverage.Pods} pods has a trusted digest to go to"
                : $"{coverage.Pods - coverage.Trusted} of {coverage.Pods} pods could not be rebuilt: no trusted digest for {string.Join(", ", coverage.Missing)}",
            generation, now);
        status.Conditions.Set("Isolable", coverage.NotIsolated == 0, coverage.NotIsolated == 0 ? "NothingAllows" : coverage.AllowedBy.Count == 0 ? "HostNetwork" : RecoveryConditions.AllowedByOtherPolicies,
            IsolationWords(coverage), generation, now);
        status.Conditions.Set("Permitted", missing.Count == 0, missing.Count == 0 ? "Granted" : "RolesMissing",
            string.Join("; ", missing.Select(role => $"{role.Missing}: {role.Without}")), generation, now);
        status.Conditions.Set("BreakerOpen", open, open ? "TooManyReplacements" : "Closed",
            open ? $"{status.Breaker.Reason}; replacements are held back until {status.Breaker.Until:u}" : "", generation, now);
    }

    private static string IsolationWords(PolicyCoverage coverage)
    {
        if (coverage.NotIsolated == 0)
            return coverage.Pods == 0 ? "" : "nothing that is known would let traffic of a quarantined pod through";
        var (labelled, detached) = (string.Join(", ", coverage.AllowedBy.Take(10)), string.Join(", ", coverage.AllowedDetachedBy.Take(10)));
        return $"{coverage.NotIsolated} of {coverage.Pods} pods would not be isolated completely in quarantine{(labelled.Length == 0 ? ": they use their node's network" : $": {labelled} would still allow traffic")}"
            + (labelled == detached && coverage.NotIsolated == coverage.NotIsolatedDetached ? "" : $"; detached, {coverage.NotIsolatedDetached}{(detached.Length == 0 ? "" : $": {detached}")}");
    }

    private void Announce(PolicyKey key, k8s.Models.V1ObjectMeta metadata, PolicyStatus? before, PolicyStatus now)
    {
        var wasOpen = before?.Breaker?.State == "Open";
        var isOpen = now.Breaker!.State == "Open";
        var subject = new EventSubject(WellKnown.ApiVersion, key.Kind, metadata.NamespaceProperty, metadata.Name, metadata.Uid);
        if (isOpen && !wasOpen)
            events.Warning(subject, "BreakerOpened", $"{now.Breaker.Reason}; replacements are held back until {now.Breaker.Until:u}; annotate with {WellKnown.BreakerResetAnnotation} to close it");
        if (wasOpen && !isOpen)
            events.Normal(subject, "BreakerClosed", $"replacements go on; the breaker had opened at {before!.Breaker!.OpenedAt:u}");
    }
}
