using System.Collections.Concurrent;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Evidence;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator.Recoveries;

/// <summary>Observe, decide, act, record: until there is nothing to do but wait.</summary>
internal sealed partial class RecoveryReconciler(
    ClusterCache cache,
    RecoveryObserver observer,
    RecoveryLedger ledger,
    RecoveryActor actor,
    RecoveryRecorder recorder,
    EvidenceCollector evidence,
    RecoveryAuthority authority,
    OperatorMetrics metrics,
    TimeProvider time,
    ILogger<RecoveryReconciler> logger) : IReconciler<ObjectKey>
{
    /// <summary>More steps than any recovery needs in one pass; the rest comes in the next.</summary>
    private const int MostSteps = 64;

    /// <summary>A look can be outdated once or twice; a step that never succeeds on a fresh look is refused.</summary>
    private const int MostLooks = 5;
    private static readonly TimeSpan BlockedRecheck = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ObjectKey, (string Step, int Times)> outdated = new();

    /// <summary>After so many failures in a row people are told that the pod is not isolated.</summary>
    private const int FailuresBeforeSaying = 3;

    private static readonly TimeSpan LongestContainmentPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ObjectKey, int> uncontained = new();

    /// <summary>What is to be noted of a containment: its pass ends before anything is recorded.</summary>
    private readonly ConcurrentDictionary<ObjectKey, string> noted = new();

    /// <summary>A pass that fails before the pod is isolated is repeated within seconds, or when the API server says so, and is soon reported.</summary>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            var result = await PassAsync(key, cancellation);
            uncontained.TryRemove(key, out _);
            return result;
        }
        catch (ApiUnavailableException failure) when (cache.Recoveries.Store.Get(key) is { Status: null or { ContainedAt: null, Outcome: null } })
        {
            var times = uncontained.AddOrUpdate(key, 1, (_, before) => before + 1);
            NotYetContained(key.ToString(), times, failure.Message);
            if (times >= FailuresBeforeSaying)
                await SayNotContainedAsync(key, failure.Message, cancellation);
            var pause = TimeSpan.FromMilliseconds(Math.Min(LongestContainmentPause.TotalMilliseconds, 100 * Math.Pow(2, Math.Min(times, 16))));
            return ReconcileResult.After(failure.RetryAfter > pause ? failure.RetryAfter.Value : pause);
        }
    }

    private async Task SayNotContainedAsync(ObjectKey key, string why, CancellationToken cancellation)
    {
        try
        {
            if (await cache.Recoveries.Api.GetAsync(key, cancellation) is ApiResult<Recovery>.Ok { Value: var recovery } && authority.Believes(recovery))
                await recorder.NotContainedAsync(recovery, why, time.GetUtcNow(), cancellation);
        }
        catch (ApiUnavailableException)
        {
            // The record cannot be written either: the next failure tries again.
        }
    }

    private async Task<ReconcileResult> PassAsync(ObjectKey key, CancellationToken cancellation)
    {
        // What has ended stays ended: thousands of records that only lie there cost no request when a leader starts.
        if (cache.Recoveries.Store.Get(key) is { Status.Outcome: not null } over && over.Status.ObservedGeneration == over.Metadata.Generation)
        {
            ledger.Settle(key, new Decision.End(default, "", ""));
            return ReconcileResult.Done;
        }
        var found = await cache.Recoveries.Api.GetAsync(key, cancellation);
        if (found is ApiResult<Recovery>.NotFound)
        {
            ledger.Forget(key);
            outdated.TryRemove(key, out _);
            noted.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        var recovery = found.Required();
        var memory = new PassMemory();
        if (noted.TryRemove(key, out var note))
            memory.Notes.Add(note);
        for (var step = 0; step < MostSteps; step++)
        {
            if (await ForeignAsync(recovery, cancellation))
                return ReconcileResult.Done;
            ledger.Refresh(recovery);
            if (recovery.Status?.Outcome is not null)
            {
                ledger.Settle(key, new Decision.End(default, "", ""));
                await recorder.SeenAsync(recovery, cancellation);
                return ReconcileResult.Done;
            }

            var seen = await observer.ObserveAsync(recovery, memory, cancellation);
            if (seen.Target is { DetachedAt: not null } target)
                ledger.RefreshPod(key, target);
            var decision = ledger.Decide(key, seen, Breakers.ResetOf(PolicyOf(recovery), seen.Now));
            if (decision is Decision.Act { Step.IsRecorded: false } act)
            {
                if (act.Step.Destroys && await ChangedAsync(recovery, cancellation) is { } changed)
                {
                    if (act.Step is Step.Contain undone)
                        ledger.Contained(key, done: false, undone.Detach ? undone.Uid : null);
                    if (changed is not ApiResult<Recovery>.Ok { Value: var now })
                        return ReconcileResult.After(TimeSpan.Zero);
                    recovery = now;
                    continue;
                }
                var result = await PerformAsync(key, recovery, act.Step, cancellation);
                if (result is ActResult.Done done)
                {
                    outdated.TryRemove(key, out _);
                    Learn(memory, seen, act.Step, done);
                    if (act.Step is Step.Contain && done.Note is { } how)
                        noted[key] = how;
                    if (act.Step is Step.Contain)
                        // Everything else waits until the pods that wait for this have been isolated, too.
                        return ReconcileResult.After(TimeSpan.Zero);
                    continue;
                }
                if (result is ActResult.NotInstalled { Problem: var problem })
                {
                    memory.QuarantineProblem = problem;
                    continue;
                }
                if (result is ActResult.Held { Why: var held } && act.Step is Step.Evict evicted)
                {
                    memory.Held[evicted.Uid] = held;
                    continue;
                }
                decision = NotDone(key, act.Step, result);
            }
            if (seen.Target is null && recovery.Status is not { Evidence.Count: > 0 } && memory.Evidence.Count == 0)
                memory.Evidence = await evidence.FindAsync(EvidenceOwner.Of(recovery), cancellation) ?? [];

            recovery = await recorder.RecordAsync(recovery, seen, decision, memory, cancellation);
            ledger.Settle(key, decision);
            switch (decision)
            {
                case Decision.Wait wait:
                    return ReconcileResult.After(Sooner(Rest(seen, wait), seen));
                case Decision.Block:
                    return ReconcileResult.After(seen.Target is { Quarantined: false } && decision is Decision.Block { Reason: Reasons.Refused } ? LongestContainmentPause : Sooner(BlockedRecheck, seen));
                case Decision.End:
                    return ReconcileResult.Done;
            }
        }
        return ReconcileResult.After(TimeSpan.FromSeconds(1));
    }

    /// <summary>What the operator would not have made is ended, and nothing is touched for it.</summary>
    private async Task<bool> ForeignAsync(Recovery recovery, CancellationToken cancellation)
    {
        var ended = recovery.Status?.Outcome is not null;
        var why = ended ? null : await authority.WhyForeignAsync(recovery, cancellation);
        if (ended ? authority.Believes(recovery) : why is null)
            return false;
        ledger.Forget(ObjectKey.Of(recovery.Metadata));
        if (why is not null)
            await recorder.ForeignAsync(recovery, why, time.GetUtcNow(), cancellation);
        return true;
    }

    /// <summary>The record as it is now, where it is not what was decided on: another approval, cancelled, ended, gone or made again.</summary>
    private async Task<ApiResult<Recovery>?> ChangedAsync(Recovery decided, CancellationToken cancellation)
    {
        var read = await cache.Recoveries.Api.GetAsync(ObjectKey.Of(decided.Metadata), cancellation);
        if (read is not (ApiResult<Recovery>.Ok or ApiResult<Recovery>.NotFound))
            read.Required();
        return read is ApiResult<Recovery>.Ok { Value: var now } && RecoveryRecorder.IsSame(decided, now) ? null : read;
    }

    private static TimeSpan Rest(Observation seen, Decision.Wait wait)
    {
        var rest = wait.Until > seen.Now ? wait.Until - seen.Now : TimeSpan.FromMilliseconds(1);
        return RecoveryRecorder.Passes(seen, wait) && rest > RecoveryRecorder.WorthSaying ? RecoveryRecorder.WorthSaying : rest;
    }

    /// <summary>A quarantine's NetworkPolicy that is missing is seen to before whatever else is waited for.</summary>
    private static TimeSpan Sooner(TimeSpan rest, Observation seen)
    {
        if (RecoveryPlanner.QuarantineDue(seen) is not { } due || due >= seen.Now + rest)
            return rest;
        return due > seen.Now ? due - seen.Now : TimeSpan.FromMilliseconds(1);
    }

    private async Task<ActResult> PerformAsync(ObjectKey key, Recovery recovery, Step step, CancellationToken cancellation)
    {
        ActResult? result = null;
        var start = time.GetTimestamp();
        try
        {
            return result = await actor.PerformAsync(recovery, step, cancellation);
        }
        finally
        {
            metrics.Performed(step, result?.GetType().Name ?? OperatorMetrics.StepFailed, time.GetElapsedTime(start));
            if (step is Step.Contain contain)
                // Without a result the request may have been carried out.
                ledger.Contained(key, result is null ? null : result is ActResult.Done, contain.Detach ? contain.Uid : null);
        }
    }

    /// <summary>The world moved under a step: look again. What is refused time after time, or refused outright, a person must know of.</summary>
    private Decision.Block NotDone(ObjectKey key, Step step, ActResult result)
    {
        var name = step.GetType().Name;
        if (result is ActResult.Outdated { Why: var why })
        {
            var (_, times) = outdated.AddOrUpdate(key, (name, 1), (_, before) => before.Step == name ? (name, before.Times + 1) : (name, 1));
            if (times < MostLooks)
                throw new ApiUnavailableException($"{name}: {why}");
        }
        else
        {
            why = ((ActResult.Refused)result).Why;
        }
        StepRefused(key.ToString(), step.ToString(), why);
        return new Decision.Block(Reasons.Refused, $"{name} was refused: {RecoveryConditions.Clip(why)}", "a change of permissions or of admission policies");
    }

    private static void Learn(PassMemory memory, Observation seen, Step step, ActResult.Done done)
    {
        if (done.Note is { } note)
            memory.Notes.Add(note);
        if (step is Step.CaptureEvidence)
            (memory.Evidence, memory.EvidenceAttempted) = (done.Evidence ?? [], true);
        if (step is Step.Revoke revoke)
            memory.Revoked = [.. memory.Revoked, .. revoke.Images];
        if (step is Step.PinDeployment { Images.Count: > 0 } or Step.PinTemplate { Kind: not OwnerKind.ReplicaSet })
        {
            memory.Pins++;
            if (seen.Progress.Pins > 0)
                memory.RepinnedAt = seen.Now;
        }
        if (step is Step.InstallQuarantinePolicy install)
        {
            memory.NetworkPolicyInstalledAt = seen.Now;
            memory.NetworkPoliciesRestored += install.Restoration && !done.Unchanged ? 1 : 0;
        }
    }

    private k8s.Models.V1ObjectMeta? PolicyOf(Recovery recovery)
    {
        var policy = PolicyKey.Of(recovery);
        return policy.IsCluster
            ? cache.ClusterRecoveryPolicies.Store.Get(new("", policy.Name))?.Metadata
            : cache.RecoveryPolicies.Store.Get(new(policy.Namespace, policy.Name))?.Metadata;
    }

    [LoggerMessage(LogLevel.Warning, "{recovery}: its pod is not isolated yet, attempt {times}: {why}")]
    private partial void NotYetContained(string recovery, int times, string why);

    [LoggerMessage(LogLevel.Error, "{recovery}: {step} was refused: {why}")]
    private partial void StepRefused(string recovery, string step, string why);
}
