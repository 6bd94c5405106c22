using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>Brings a Deployment's pods to its present template, one ReplicaSet for each template (pkg/controller/deployment of Kubernetes).</summary>
internal sealed class DeploymentController : IReconciler<ObjectKey>
{
    private readonly ClusterCache cache;
    private readonly TimeProvider time;
    private readonly ResourceApi<V1ReplicaSet> replicaSets;
    private readonly ResourceApi<V1Deployment> deployments;
    private readonly ReplicaSetScaling scaling;
    private readonly NewReplicaSet newReplicaSet;
    private readonly RollingUpdate rollingUpdate;
    private readonly Recreate recreate;
    private readonly DeploymentStatus status;

    public DeploymentController(ClusterCache cache, KubernetesConnection connection, EventRecorder events, TimeProvider time)
    {
        (this.cache, this.time) = (cache, time);
        replicaSets = new(connection, Kinds.ReplicaSets);
        deployments = new(connection, Kinds.Deployments);
        scaling = new(connection, events);
        newReplicaSet = new(connection, scaling);
        rollingUpdate = new(scaling);
        recreate = new(cache, scaling);
        status = new(connection, time);
    }

    /// <summary>The Deployments that a ReplicaSet concerns.</summary>
    public static IEnumerable<ObjectKey> Of(ClusterCache cache, V1ReplicaSet set) =>
        Ownership.Of(cache.Deployments, "Deployment", set.Metadata, d => d.Spec.Selector);

    /// <summary>The Deployments that wait for a pod to be gone.</summary>
    public static IEnumerable<ObjectKey> WaitingFor(ClusterCache cache, V1Pod pod) =>
        pod.Metadata.Controller() is { Kind: "ReplicaSet" } owner
        && cache.ReplicaSets.Store.Get(new(pod.Metadata.NamespaceProperty, owner.Name)) is { } set
            ? Of(cache, set).Where(key => cache.Deployments.Store.Get(key) is { } deployment && !deployment.IsRollingUpdate())
            : [];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.Deployments.Store.Get(key) is not { } deployment)
            return ReconcileResult.Done;
        DeploymentConditions conditions = new(deployment, time);
        var rollout = Rollout.Of(deployment, await ClaimAsync(deployment, cancellation));
        if (deployment.Metadata.DeletionTimestamp is not null)
        {
            await status.WriteAsync(rollout, conditions, judgesProgress: false, cancellation);
            return ReconcileResult.Done;
        }
        NotePause(deployment, conditions);
        bool paused = deployment.Spec.Paused is true;
        if (paused || ReplicaSetScaling.IsDue(rollout))
        {
            rollout = await newReplicaSet.AnnotateAsync(rollout, conditions, cancellation);
            rollout = await scaling.ScaleAsync(rollout, cancellation);
            if (paused)
                await CleanUpAsync(rollout, cancellation);
            await status.WriteAsync(rollout, conditions, judgesProgress: false, cancellation);
            return ReconcileResult.Done;
        }
        if (await RollAsync(rollout, conditions, cancellation) is not { } rolled)
            return ReconcileResult.Done;
        if (DeploymentStatus.IsComplete(rolled))
            await CleanUpAsync(rolled, cancellation);
        var wait = await status.WriteAsync(rolled, conditions, judgesProgress: true, cancellation);
        if (rolled.Refusal is { } refusal)
            throw new ApiUnavailableException(refusal);
        return wait is { } remaining ? ReconcileResult.After(remaining) : ReconcileResult.Done;
    }

    private Task<IReadOnlyList<V1ReplicaSet>> ClaimAsync(V1Deployment deployment, CancellationToken cancellation)
    {
        ControllerRefs<V1ReplicaSet, V1Deployment> references = new(replicaSets, deployments, deployment, deployment.Spec.Selector);
        return references.ClaimAsync(ClusterCache.Claimable(cache.ReplicaSets, deployment.Metadata), cancellation);
    }

    private async Task<Rollout?> RollAsync(Rollout rollout, DeploymentConditions conditions, CancellationToken cancellation)
    {
        if (!rollout.Deployment.IsRollingUpdate())
        {
            bool scalesDown = rollout.ActiveOld.Count > 0;
            rollout = await recreate.ScaleDownOldAsync(rollout, cancellation);
            if (scalesDown || recreate.OldPodsRun(rollout))
                return await newReplicaSet.AnnotateAsync(rollout, conditions, cancellation);
        }
        if (await newReplicaSet.EnsureAsync(rollout, conditions, cancellation) is not { } ensured)
            return null;
        return await rollingUpdate.StepAsync(ensured, cancellation);
    }

    /// <summary>The clock of the progress deadline stands still while a Deployment is paused.</summary>
    private static void NotePause(V1Deployment deployment, DeploymentConditions conditions)
    {
        string? reason = conditions[DeploymentConditions.Progressing]?.Reason;
        if (deployment.Spec.ProgressDeadlineSeconds is null || reason == "ProgressDeadlineExceeded")
            return;
        if (deployment.Spec.Paused is true && reason != "DeploymentPaused")
            conditions.Set(DeploymentConditions.Progressing, "Unknown", "DeploymentPaused", "Deployment is paused");
        else if (deployment.Spec.Paused is not true && reason == "DeploymentPaused")
            conditions.Set(DeploymentConditions.Progressing, "Unknown", "DeploymentResumed", "Deployment is resumed");
    }

    /// <summary>Deletes the oldest ReplicaSets beyond the history limit, those only that are empty for good.</summary>
    private async Task CleanUpAsync(Rollout rollout, CancellationToken cancellation)
    {
        var history = rollout.Old.Where(r => r.Metadata.DeletionTimestamp is null).OrderBy(r => r.Metadata.Number(DeploymentAnnotations.Revision)).ToList();
        foreach (var old in history.Take(history.Count - (rollout.Deployment.Spec.RevisionHistoryLimit ?? 10)))
        {
            bool isEmpty = old.Wanted() == 0 && (old.Status?.Replicas ?? 0) == 0 && old.Metadata.Generation <= (old.Status?.ObservedGeneration ?? 0);
            if (isEmpty)
                await replicaSets.DeleteAsync(ObjectKey.Of(old.Metadata), new() { Uid = old.Metadata.Uid }, cancellation);
        }
    }
}
