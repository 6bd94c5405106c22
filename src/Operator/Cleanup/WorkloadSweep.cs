using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>
/// Unpauses a Deployment whose recovery is over, and gives up image fields that somebody else applies, too. Only a workload that the
/// recovery's record names by its UID: anybody who may change a workload can put our annotations on it.
/// </summary>
internal sealed partial class WorkloadSweep(ClusterCache cache, MarkOwners owners, PinOwnership pins, SweepOutcome outcome, ILogger<WorkloadSweep> logger)
{
    public async Task<ReconcileResult> SweepAsync(Marked marked, CancellationToken cancellation)
    {
        if (MetadataOf(marked) is not { } metadata)
            return ReconcileResult.Done;
        if (marked.Kind == MarkedKind.Deployment && metadata.Annotation(WellKnown.PausedByAnnotation) is not null)
            await UnpauseAsync(marked, cancellation);
        if (metadata.Annotation(WellKnown.PinnedByAnnotation) is { } pinned && await owners.FindAsync(pinned, cancellation) is var owner && LetsGo(owner, metadata, marked))
        {
            var reference = new WorkloadReference { ApiVersion = marked.Kind == MarkedKind.CronJob ? "batch/v1" : "apps/v1", Kind = marked.Kind.ToString(), Name = metadata.Name, Uid = metadata.Uid };
            if (await pins.ReleaseAsync(metadata, reference, cancellation) is { } released && outcome.Done(released, marked.ToString()))
                PinReleased(marked.ToString());
        }
        return ReconcileResult.Done;
    }

    private async Task UnpauseAsync(Marked marked, CancellationToken cancellation)
    {
        var found = await cache.Deployments.Api.GetAsync(marked.Key, cancellation);
        if (found is ApiResult<Deployment>.NotFound)
            return;
        var deployment = found.Required();
        var mark = deployment.Metadata.Annotation(WellKnown.PausedByAnnotation);
        if (mark is null)
            return;
        var owner = await owners.FindAsync(mark, cancellation);
        if (owner is MarkOwner.Going)
            return;
        // A record that was deleted while this process was running is still known here.
        var over = owner is MarkOwner.Ended { Recovery: var ended } ? ended : owner is MarkOwner.Gone ? owners.Departed(mark) : null;
        if (over is null || over.Spec.Target.Workload?.Uid != deployment.Metadata.Uid)
        {
            outcome.Foreign(marked.ToString(), $"annotation {WellKnown.PausedByAnnotation} names no recovery of it; it stays paused");
            return;
        }
        if (TemplatePatches.Release(deployment) is { } patch
            && outcome.Done(await cache.Deployments.Api.PatchAsync(marked.Key, Patch.Json(patch.Operations), cancellation: cancellation), marked.ToString()))
            DeploymentReleased(marked.Key.ToString());
    }

    /// <summary>Giving up a field that somebody else owns, too, changes no value: a record that is gone is enough for it.</summary>
    private bool LetsGo(MarkOwner owner, V1ObjectMeta metadata, Marked marked)
    {
        var names = owner is MarkOwner.Ended { Recovery.Spec.Target.Workload: var workload } && workload?.Uid == metadata.Uid;
        if (!names && owner is MarkOwner.Ended or MarkOwner.Nobody)
            outcome.Foreign(marked.ToString(), $"annotation {WellKnown.PinnedByAnnotation} names no recovery of it");
        return names || owner is MarkOwner.Gone;
    }

    private V1ObjectMeta? MetadataOf(Marked marked) => marked.Kind switch
    {
        MarkedKind.Deployment => cache.Deployments.Store.Get(marked.Key)?.Metadata,
        MarkedKind.StatefulSet => cache.StatefulSets.Store.Get(marked.Key)?.Metadata,
        MarkedKind.DaemonSet => cache.DaemonSets.Store.Get(marked.Key)?.Metadata,
        _ => cache.CronJobs.Store.Get(marked.Key)?.Metadata,
    };

    [LoggerMessage(LogLevel.Information, "{deployment} is unpaused: its recovery is over")]
    private partial void DeploymentReleased(string deployment);

    [LoggerMessage(LogLevel.Information, "the images of {workload} are no longer the operator's too: somebody else applied them")]
    private partial void PinReleased(string workload);
}
