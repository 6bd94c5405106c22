using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>
/// Ends quarantines. Only a pod that a believed record names by its UID is deleted or gets labels back, and when is the record's to say:
/// what the pod carries is text that its namespace can write.
/// </summary>
internal sealed partial class PodSweep(ClusterCache cache, MarkOwners owners, SweepOutcome outcome, TimeProvider time, ILogger<PodSweep> logger)
{
    public async Task<ReconcileResult> SweepAsync(ObjectKey key, CancellationToken cancellation)
    {
        var found = await cache.Pods.Api.GetAsync(key, cancellation);
        if (found is ApiResult<Pod>.NotFound)
            return ReconcileResult.Done;
        var pod = found.Required();
        if (pod.Metadata.Label(WellKnown.QuarantineLabel) is null || pod.Metadata.DeletionTimestamp is not null)
            return ReconcileResult.Done;
        return await OwnerAsync(pod, cancellation) switch
        {
            MarkOwner.Ended { Recovery: var recovery } => await EndAsync(pod, recovery, cancellation),
            MarkOwner.Gone => await WithoutRecordAsync(pod, cancellation),
            _ => ReconcileResult.Done,
        };
    }

    /// <summary>A recovery that goes on keeps what it names, whatever the pod's annotation says. Of several that have ended the last counts.</summary>
    private async Task<MarkOwner> OwnerAsync(Pod pod, CancellationToken cancellation)
    {
        var naming = owners.OfPod(pod.Metadata.Uid);
        if (naming.FirstOrDefault(r => r.Status?.Outcome is null) is { } going)
            return new MarkOwner.Going(going);
        var what = $"pod {ObjectKey.Of(pod.Metadata)}";
        var owner = naming.MaxBy(r => r.Status?.EndedAt) is { } ended
            ? await owners.FindAsync(ObjectKey.Of(ended.Metadata), cancellation)
            : await owners.FindAsync(pod.Metadata.Annotation(WellKnown.RecoveryAnnotation), cancellation);
        switch (owner)
        {
            case MarkOwner.Nobody:
                outcome.Foreign(what, "it names no recovery of this operator");
                break;
            case MarkOwner.Ended { Recovery: var recovery } when !Names(recovery, pod.Metadata.Uid):
                outcome.Foreign(what, $"recovery {ObjectKey.Of(recovery.Metadata)} is about another pod");
                return new MarkOwner.Nobody();
        }
        return owner;
    }

    private async Task<ReconcileResult> EndAsync(Pod pod, Recovery recovery, CancellationToken cancellation)
    {
        var key = ObjectKey.Of(pod.Metadata);
        var removal = recovery.Status?.Progress?.Removals.FirstOrDefault(r => r.Uid == pod.Metadata.Uid);
        if (removal is not null && recovery.Status?.Outcome is "Succeeded" or "Recompromised")
        {
            // A kept original: it goes when its time is over, never back into its workload.
            var keep = removal!.At + recovery.Spec.Policy.Spec.ToSettings().KeepOriginalFor - time.GetUtcNow();
            if (keep > TimeSpan.Zero)
                return ReconcileResult.After(keep);
            if (outcome.Done(await cache.Pods.Api.DeleteAsync(key, new Deletion { Uid = pod.Metadata.Uid, GracePeriodSeconds = 1 }, cancellation), $"pod {key}"))
                OriginalDeleted(key.ToString());
            return ReconcileResult.Done;
        }
        // Labels come back only as the record has them: whoever can write the annotation could otherwise choose them.
        if (pod.Metadata.Annotation(WellKnown.OriginalLabelsAnnotation) is { } labels && removal?.LabelsHash != DetachedLabels.HashOf(labels))
        {
            outcome.Foreign($"pod {key}", "the labels in its annotation are not those that it was detached from; it stays isolated");
            return ReconcileResult.Done;
        }
        return await ReleaseAsync(pod, cancellation);
    }

    /// <summary>Another pod may have taken its place. Without the record nobody knows, and a compromised pod must not go back among the others.</summary>
    private async Task<ReconcileResult> WithoutRecordAsync(Pod pod, CancellationToken cancellation)
    {
        if (pod.Metadata.Annotation(WellKnown.DetachedAtAnnotation) is null && pod.Metadata.Annotation(WellKnown.OriginalLabelsAnnotation) is null)
            return await ReleaseAsync(pod, cancellation);
        outcome.Foreign($"pod {ObjectKey.Of(pod.Metadata)}", "it was detached by a recovery that is gone; it stays isolated: delete the pod once nobody needs it");
        return ReconcileResult.Done;
    }

    private async Task<ReconcileResult> ReleaseAsync(Pod pod, CancellationToken cancellation)
    {
        var key = ObjectKey.Of(pod.Metadata);
        if (outcome.Done(await cache.Pods.Api.PatchAsync(key, Patch.Json(PodPatches.Release(pod).Operations), cancellation: cancellation), $"pod {key}"))
            PodReleased(key.ToString());
        return ReconcileResult.Done;
    }

    private static bool Names(Recovery recovery, string uid) =>
        recovery.Spec.Target.Uid == uid || recovery.Status?.Progress?.Removals.Any(r => r.Uid == uid) is true;

    [LoggerMessage(LogLevel.Information, "{pod} is no longer kept and was deleted")]
    private partial void OriginalDeleted(string pod);

    [LoggerMessage(LogLevel.Information, "{pod} is no longer quarantined: its recovery is over")]
    private partial void PodReleased(string pod);
}
