using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Domain.Policies;
using Operator.Policies;
using Operator.Recoveries;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator.Findings;

/// <summary>Takes each stored finding to its end: a recovery that has it, or the reason why none does.</summary>
internal sealed class FindingReconciler(
    ClusterCache cache, PolicyCatalog policies, FindingTargets targets, LiveFindings findings, RecoveryAuthority authority, OperatorMetrics metrics, OperatorOptions options, TimeProvider time)
    : IReconciler<ObjectKey>
{
    /// <summary>A finding can be faster than the watch that brings its pod.</summary>
    private static readonly TimeSpan ResolutionPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResolutionRetry = TimeSpan.FromSeconds(1);

    /// <summary>What has not appeared in time may appear late: it is looked at again when such a pod comes.</summary>
    private static readonly string[] MayResolve = ["PodNotFound", "ContainerNotFound"];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await FindAsync(key, cancellation) is not { } finding)
            return ReconcileResult.Done;
        var status = finding.Status ?? new();
        var manual = finding.Metadata.NamespaceProperty != options.Namespace;
        var anew = SeenAgain(status) || status.IsRaised();
        if (status.State is FindingState.Matched or FindingState.Stale && !anew)
            return ReconcileResult.Done;

        var received = finding.ReceivedAt(options) ?? time.GetUtcNow();
        var detected = (anew || status.State == FindingState.Unmatched) && status.LastSeenAt is { } seen
            ? DetectionTime.Of(seen, time.GetUtcNow())
            : finding.DetectedAt(options) ?? received;
        if (status.State is FindingState.Unresolved && !anew && !(MayResolve.Contains(status.Reason) && targets.HasAppeared(finding, manual, detected)))
            return ReconcileResult.Done;
        var scope = await SourceScope.OfAsync(finding, manual, cache, cancellation);
        var found = await targets.ResolveAsync(finding, scope, manual, detected, live: false, cancellation);
        if (found is { Pod: null, MayAppear: true } && (IsLate(anew ? detected : received) || RecoveryOf(finding, scope, manual) is not null))
            found = await targets.ResolveAsync(finding, scope, manual, detected, live: true, cancellation);
        if (found.Pod is not { } cached)
            return await WithoutPodAsync(finding, found, RecoveryOf(finding, scope, manual), IsLate(anew ? detected : received), cancellation);
        if (await targets.WholeAsync(cached, cancellation) is not { } pod)
            return ReconcileResult.After(ResolutionRetry);

        var matchable = new MatchableFinding(
            manual ? WellKnown.ManualSource : finding.Spec.Source,
            manual || finding.Spec.Source == WellKnown.ManualSource,
            finding.Spec.Rule,
            (Domain.Findings.Severity)scope.Limit(finding.HighestSeverity()),
            finding.AllTags(),
            detected);
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
                var taker = new PolicyReference { Kind = policy.Namespace is null ? nameof(ClusterRecoveryPolicy) : nameof(RecoveryPolicy), Name = policy.Name };
                // More of the same: the policy that took it would have taken it with that, too.
                if (status is { State: FindingState.Matched, Recovery: not null } && !SeenAgain(status) && status.Policy == taker && status.Target?.Uid == resolved.Uid)
                {
                    await WriteAsync(finding, FindingState.Matched, status.Reason ?? "Matched", status.Message ?? "", s => { }, cancellation);
                    return ReconcileResult.Done;
                }
                var recovery = await ClaimAsync(finding, pod, policy, matchable.Manual, cancellation);
                if (recovery is null)
                    return ReconcileResult.After(ResolutionRetry);
                await WriteAsync(finding, FindingState.Matched, "Matched", $"{taker.Kind} {taker.Name}", s => Refer(s, resolved, taker, recovery.Value), cancellation);
                return ReconcileResult.Done;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The finding, if it is worked on. One made by hand that had to wait for room is in no cache before it is written.</summary>
    private async Task<SecurityFinding?> FindAsync(ObjectKey key, CancellationToken cancellation)
    {
        var cached = cache.SecurityFindings.Store.Get(key);
        if (key.Namespace == options.Namespace)
            return cached;
        if (!findings.IsWorkedOn(key))
            return null;
        if (cached is not null)
            return cached;
        var live = await cache.SecurityFindings.Api.GetAsync(key, cancellation);
        if (live is not ApiResult<SecurityFinding>.NotFound)
            return live.Required();
        findings.Leave(key);
        return null;
    }

    /// <summary>Whether a pod that is not there now is waited for no longer.</summary>
    private bool IsLate(DateTimeOffset since) => time.GetUtcNow() - since >= ResolutionPatience;

    /// <summary>The recovery that took the pod out, if the finding may speak for it.</summary>
    private Recovery? RecoveryOf(SecurityFinding finding, SourceScope scope, bool manual)
    {
        var named = finding.Spec.Target;
        var recovery = targets.RecoveryOf(named.PodUid, manual ? finding.Metadata.NamespaceProperty : named.Namespace, named.Pod);
        return scope.Includes(recovery?.Spec.Target.Namespace) ? recovery : null;
    }

    /// <summary>No pod (yet, or any longer): it waits a moment, belongs to the record of the pod's recovery, or says why it leads to nothing.</summary>
    private async Task<ReconcileResult> WithoutPodAsync(SecurityFinding finding, FoundTarget found, Recovery? recovery, bool late, CancellationToken cancellation)
    {
        if (found.MayAppear && recovery is not null)
        {
            var key = ObjectKey.Of(recovery.Metadata);
            await WriteAsync(finding, FindingState.Matched, "PodRecovered", $"the pod is gone: recovery {key} took it out", s => Refer(s, recovery.Spec.Target.ToResolved(), recovery.Spec.Policy.ToReference(), key), cancellation);
            return ReconcileResult.Done;
        }
        if (found.MayAppear && !late)
            return ReconcileResult.After(ResolutionRetry);
        await WriteAsync(finding, FindingState.Unresolved, found.Reason, found.Message, s => { }, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>It happened again although it was decided on: its recovery ended and the cooldown has passed, or its record was deleted, or nothing was done about it.</summary>
    private bool SeenAgain(SecurityFindingStatus status) => status is { LastSeenAt: { } seen } && status switch
    {
        { State: FindingState.Matched, Recovery: { } reference } => !(status.DecidedAt >= seen) && cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) switch
        {
            null => true,
            { Status.EndedAt: { } ended } recovery => seen > ended + recovery.Spec.Policy.Spec.Limits.Replace.Cooldown.Value,
            _ => false,
        },
        { State: FindingState.Stale or FindingState.Unresolved, DecidedAt: { } decided } => seen > decided,
        _ => false,
    };

    /// <summary>The recovery that has this finding; created under a name that follows from target and episode, so that it is created once.</summary>
    private async Task<ObjectKey?> ClaimAsync(SecurityFinding finding, Pod pod, MatchablePolicy policy, bool manual, CancellationToken cancellation)
    {
        var place = authority.PlaceOf(policy.Namespace);
        var known = cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, pod.Metadata.Uid).Where(authority.Believes).ToList();
        // What the platform's policy asks for is not left to a recovery that the namespace's owner can cancel.
        if (known.FirstOrDefault(r => r.Status?.Outcome is null && (authority.IsPlatforms(r) || policy.Namespace is not null)) is { } going)
            return ObjectKey.Of(going.Metadata);
        known.RemoveAll(r => r.Metadata.NamespaceProperty != place);
        // A crash came between claiming and writing it down: the recovery that names this finding has it.
        var status = finding.Status ?? new();
        if (!SeenAgain(status) && known.FirstOrDefault(r => (!status.IsRaised() || r.Metadata.CreationTimestamp > status.RaisedAt?.UtcDateTime.AddSeconds(-1)) && r.Spec.Finding.Name == finding.Metadata.Name && r.Spec.Finding.Namespace == finding.Metadata.NamespaceProperty) is { } claimed)
            return ObjectKey.Of(claimed.Metadata);

        if (policies.Copy(policy, manual) is not { } copy)
            return null;
        // Not their number: the oldest may have been deleted, and its name not be free.
        var episode = known.Select(r => r.Spec.Episode + 1).DefaultIfEmpty(0).Max();
        var key = RecoveryNames.For(place, pod.Metadata.Name, pod.Metadata.Uid, episode);
        var created = await cache.Recoveries.Api.CreateAsync(new Recovery
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = key.Namespace,
                Name = key.Name,
                Labels = new Dictionary<string, string> { [WellKnown.TargetNamespaceLabel] = pod.Metadata.NamespaceProperty },
            },
            Spec = new RecoverySpec
            {
                Target = await targets.TargetOfAsync(pod, time.GetUtcNow(), cancellation),
                Policy = copy,
                Episode = episode,
                Finding = new Api.V1Alpha1.ObjectReference { Namespace = finding.Metadata.NamespaceProperty, Name = finding.Metadata.Name },
            },
        }, cancellation);
        switch (created)
        {
            case ApiResult<Recovery>.Ok:
                metrics.RecoveryStarted(PolicyKey.Of(created.Required()).ToString());
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
        if (status.State == state && status.Reason == reason && status.Message == message && !SeenAgain(status) && !status.IsRaised())
            return;
        (status.State, status.Reason, status.Message, status.ObservedGeneration) = (state, reason, message, finding.Metadata.Generation ?? 0);
        status.DecidedAt = status.DecidedBy(time.GetUtcNow());
        more(status);
        status.Conditions.Set("Ready", state is FindingState.Matched, reason, message, status.ObservedGeneration, time.GetUtcNow());
        (await cache.SecurityFindings.Api.ReplaceAsync(finding with { Status = status }, "status", cancellation)).Required();
    }

    private static void Refer(SecurityFindingStatus status, ResolvedTarget target, PolicyReference policy, ObjectKey recovery)
    {
        (status.Target, status.Policy) = (target, policy);
        status.Recovery = new Api.V1Alpha1.ObjectReference { Namespace = recovery.Namespace, Name = recovery.Name };
    }
}
