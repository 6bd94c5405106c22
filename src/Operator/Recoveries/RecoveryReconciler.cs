using System.Globalization;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>Observe, decide, act, record: until there is nothing to do but wait.</summary>
internal sealed partial class RecoveryReconciler(
    ClusterCache cache,
    RecoveryObserver observer,
    RecoveryLedger ledger,
    RecoveryActor actor,
    RecoveryRecorder recorder,
    ILogger<RecoveryReconciler> logger) : IReconciler<ObjectKey>
{
    /// <summary>More steps than any recovery needs in one pass; the rest comes in the next.</summary>
    private const int MostSteps = 64;
    private static readonly TimeSpan BlockedRecheck = TimeSpan.FromMinutes(1);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await cache.Recoveries.Api.GetAsync(key, cancellation) is not ApiResult<Recovery>.Ok { Value: var recovery })
        {
            ledger.Forget(key);
            return ReconcileResult.Done;
        }

        var memory = new PassMemory();
        for (var step = 0; step < MostSteps; step++)
        {
            ledger.Refresh(recovery);
            if (recovery.Status?.Outcome is not null)
            {
                ledger.Settle(key, new Decision.End(default, "", ""));
                return ReconcileResult.Done;
            }

            var seen = await observer.ObserveAsync(recovery, memory.EvidenceAttempted, cancellation);
            if (seen.Target is { DetachedAt: { } detached } target)
                ledger.RefreshDetached(key, target.Uid, detached);
            var decision = ledger.Decide(key, seen, BreakerResetOf(recovery));
            if (decision is Decision.Act { Step: not (Step.RecordStart or Step.RecordImages or Step.RecordRemoval or Step.RecordReplaced) } act)
            {
                switch (await actor.PerformAsync(recovery, act.Step, cancellation))
                {
                    case ActResult.Done done:
                        Learn(memory, act.Step, done);
                        continue;
                    case ActResult.Outdated { Why: var why }:
                        throw new ApiUnavailableException($"{act.Step.GetType().Name}: {why}");
                    case ActResult.Refused { Why: var why }:
                        StepRefused(key.ToString(), act.Step.ToString(), why);
                        decision = new Decision.Block("Refused", $"{act.Step.GetType().Name} was refused: {why}", "a change of permissions");
                        break;
                }
            }

            recovery = await recorder.RecordAsync(recovery, seen, decision, memory, cancellation);
            ledger.Settle(key, decision);
            switch (decision)
            {
                case Decision.Wait wait:
                    return ReconcileResult.After(wait.Until > seen.Now ? wait.Until - seen.Now : TimeSpan.FromMilliseconds(1));
                case Decision.Block:
                    return ReconcileResult.After(BlockedRecheck);
                case Decision.End:
                    return ReconcileResult.Done;
            }
        }
        return ReconcileResult.After(TimeSpan.FromSeconds(1));
    }

    private static void Learn(PassMemory memory, Step step, ActResult.Done done)
    {
        if (step is Step.CaptureEvidence)
            (memory.Evidence, memory.EvidenceAttempted) = (done.Evidence ?? [], true);
        if (step is Step.InstallQuarantinePolicy { Restoration: true })
            memory.NetworkPoliciesRestored++;
    }

    private DateTimeOffset? BreakerResetOf(Recovery recovery)
    {
        var policy = PolicyKey.Of(recovery);
        var metadata = policy.IsCluster
            ? cache.ClusterRecoveryPolicies.Store.Get(new("", policy.Name))?.Metadata
            : cache.RecoveryPolicies.Store.Get(new(policy.Namespace, policy.Name))?.Metadata;
        return DateTimeOffset.TryParse(metadata?.Annotation(WellKnown.BreakerResetAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
    }

    [LoggerMessage(LogLevel.Error, "{recovery}: {step} was refused: {why}")]
    private partial void StepRefused(string recovery, string step, string why);
}
