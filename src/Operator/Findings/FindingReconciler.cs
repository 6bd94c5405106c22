using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Policies;
using Operator.Policies;
using Operator.Recoveries;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator.Findings;

/// <summary>Takes each stored finding to its end: a recovery that has it, or the reason why none does.</summary>
internal sealed class FindingReconciler(ClusterCache cache, PolicyCatalog policies, FindingTargets targets, OperatorMetrics metrics, OperatorOptions options, TimeProvider time)
    : IReconciler<ObjectKey>
{
    /// <summary>A finding can be faster than the watch that brings its pod.</summary>
    private static readonly TimeSpan ResolutionPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResolutionRetry = TimeSpan.FromSeconds(1);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.SecurityFindings.Store.Get(key) is not { } finding)
            return ReconcileResult.Done;
        var status = finding.Status ?? new();
        if (status.State is FindingState.Matched or FindingState.Stale or FindingState.Unresolved && !SeenAgain(status))
            return ReconcileResult.Done;

        var manual = finding.Metadata.NamespaceProperty != options.Namespace;
        var received = finding.Spec.ReceivedAt ?? finding.Metadata.CreationTimestamp ?? time.GetUtcNow();
        var found = targets.Resolve(finding, manual);
        if (found.Pod is not { } pod)
        {
            var waited = time.GetUtcNow() - received;
            if (found.MayAppear && waited < ResolutionPatience)
                return ReconcileResult.After(ResolutionRetry);
            await WriteAsync(finding, FindingState.Unresolved, found.Reason, found.Message, s => { }, cancellation);
            return ReconcileResult.Done;
        }

        var detected = finding.Spec.OccurredAt ?? received;
        var matchable = new MatchableFinding(
            manual ? WellKnown.ManualSource : finding.Spec.Source,
            manual || finding.Spec.Source == WellKnown.ManualSource,
            finding.Spec.Rule,
            (Domain.Findings.Severity)finding.Spec.Severity,
            finding.Spec.Tags,
            SeenAgain(status) ? status.LastSeenAt!.Value : detected);
        var resolved = new ResolvedTarget { Namespace = pod.Metadata.NamespaceProperty, Pod = pod.Metadata.Name, Uid = pod.Metadata.Uid };
        switch (PolicyMatcher.Match(matchable, policies.Matchable(pod), policies.All(), time.GetUtcNow()))
        {
            case MatchResult.Unmatched unmatched:
                await WriteAsync(finding, FindingState.Unmatched, unmatched.Reason, unmatched.Message, s => s.Target = resolved, cancellation);
                return ReconcileResult.Done;
            case MatchResult.Stale stale:
                await WriteAsync(finding, FindingState.Stale, "TooOld", stale.Message, s => s.Target = resolved, cancellation);
                return ReconcileResult.Done;
            case MatchResult.Matched { Policy: var policy }:
                var recovery = await ClaimAsync(finding, pod, policy, matchable.Manual, cancellation);
                if (recovery is null)
                    return ReconcileResult.After(ResolutionRetry);
                await WriteAsync(finding, FindingState.Matched, "Matched", $"{(policy.Namespace is null ? "ClusterRecoveryPolicy" : "RecoveryPolicy")} {policy.Name}", s =>
                {
                    s.Target = resolved;
                    s.Policy = new PolicyReference { Kind = policy.Namespace is null ? nameof(ClusterRecoveryPolicy) : nameof(RecoveryPolicy), Name = policy.Name };
                    s.Recovery = new Api.V1Alpha1.ObjectReference { Namespace = recovery.Value.Namespace, Name = recovery.Value.Name };
                }, cancellation);
                return ReconcileResult.Done;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>It arrived again after its recovery had ended and its cooldown had passed: the end did not help.</summary>
    private bool SeenAgain(SecurityFindingStatus status) =>
        status is { State: FindingState.Matched, Recovery: { } reference, LastSeenAt: { } seen }
        && cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) is { Status.EndedAt: { } ended } recovery
        && seen > ended + recovery.Spec.Policy.Spec.Limits.Replace.Cooldown.Value;

    /// <summary>The recovery that has this finding; created under a name that follows from target and episode, so that it is created once.</summary>
    private async Task<ObjectKey?> ClaimAsync(SecurityFinding finding, Pod pod, MatchablePolicy policy, bool manual, CancellationToken cancellation)
    {
        var known = cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, pod.Metadata.Uid);
        if (known.FirstOrDefault(r => r.Status?.Outcome is null) is { } going)
            return ObjectKey.Of(going.Metadata);
        // A crash came between claiming and writing it down: the recovery that names this finding has it.
        if (!SeenAgain(finding.Status ?? new()) && known.FirstOrDefault(r => r.Spec.Finding.Name == finding.Metadata.Name && r.Spec.Finding.Namespace == finding.Metadata.NamespaceProperty) is { } claimed)
            return ObjectKey.Of(claimed.Metadata);

        if (policies.Copy(policy, manual) is not { } copy)
            return null;
        var key = RecoveryNames.For(pod.Metadata.NamespaceProperty, pod.Metadata.Name, pod.Metadata.Uid, known.Count);
        var created = await cache.Recoveries.Api.CreateAsync(new Recovery
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = key.Namespace, Name = key.Name },
            Spec = new RecoverySpec
            {
                Target = targets.TargetOf(pod),
                Policy = copy,
                Episode = known.Count,
                Finding = new Api.V1Alpha1.ObjectReference { Namespace = finding.Metadata.NamespaceProperty, Name = finding.Metadata.Name },
            },
        }, cancellation);
        switch (created)
        {
            case ApiResult<Recovery>.Ok:
                metrics.RecoveryStarted(copy.Name);
                return key;
            case ApiResult<Recovery>.AlreadyExists:
                // The cache was behind. An ended one of this name means another episode; look again when the cache has it.
                return await cache.Recoveries.Api.GetAsync(key, cancellation) is ApiResult<Recovery>.Ok { Value.Status.Outcome: null } ? key : null;
            default:
                throw new ApiUnavailableException($"the recovery of {pod.Metadata.Name} was not created: {created}");
        }
    }

    private async Task WriteAsync(SecurityFinding finding, FindingState state, string reason, string message, Action<SecurityFindingStatus> more, CancellationToken cancellation)
    {
        var status = finding.Status is null ? new() : finding.Status with { Conditions = [.. finding.Status.Conditions] };
        if (status.State == state && status.Reason == reason && status.Message == message && !SeenAgain(status))
            return;
        (status.State, status.Reason, status.Message, status.ObservedGeneration) = (state, reason, message, finding.Metadata.Generation ?? 0);
        more(status);
        status.Conditions.Set("Ready", state is FindingState.Matched, reason, message, status.ObservedGeneration, time.GetUtcNow());
        (await cache.SecurityFindings.Api.ReplaceAsync(finding with { Status = status }, "status", cancellation)).Required();
    }
}
