using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>Reports a rollout in the status of its Deployment.</summary>
internal sealed class DeploymentStatus(KubernetesConnection connection, TimeProvider time)
{
    private const string Progressing = DeploymentConditions.Progressing;

    private readonly ResourceApi<V1Deployment> deployments = new(connection, Kinds.Deployments);

    /// <summary>What the status says of pods.</summary>
    private readonly record struct Counts(int Replicas, int Updated, int Ready, int Available, int Unavailable)
    {
        public static Counts Of(V1DeploymentStatus? status) => new(
            status?.Replicas ?? 0, status?.UpdatedReplicas ?? 0, status?.ReadyReplicas ?? 0, status?.AvailableReplicas ?? 0, status?.UnavailableReplicas ?? 0);

        public static Counts Of(Rollout rollout)
        {
            int available = rollout.All.Available();
            return new(
                rollout.All.Actual(), rollout.New is { } set ? set.Status?.Replicas ?? 0 : 0, rollout.All.Ready(), available,
                Math.Max(0, rollout.All.Wanted() - available));
        }

        public bool IsComplete(int wanted) => Updated == wanted && Replicas == wanted && Available == wanted;

        public bool IsProgressSince(Counts before) =>
            Updated > before.Updated || Replicas - Updated < before.Replicas - before.Updated || Ready > before.Ready || Available > before.Available;
    }

    /// <summary>Whether the rollout, as the status stands, is done.</summary>
    public static bool IsComplete(Rollout rollout) => Counts.Of(rollout.Deployment.Status).IsComplete(rollout.Wanted)
        && rollout.Deployment.Status?.ObservedGeneration >= rollout.Deployment.Metadata.Generation;

    /// <param name="judgesProgress">Not while paused or only scaling.</param>
    /// <returns>How long until the rollout has taken too long; null if it cannot.</returns>
    public async Task<TimeSpan?> WriteAsync(Rollout rollout, DeploymentConditions conditions, bool judgesProgress, CancellationToken cancellation)
    {
        var deployment = rollout.Deployment;
        var counts = Counts.Of(rollout);
        if (counts.Available >= rollout.Wanted - deployment.MaxUnavailable())
            conditions.Set("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
        else
            conditions.Set("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
        if (judgesProgress)
            JudgeProgress(rollout, counts, conditions);

        if (StatusPatch(deployment, counts, conditions, rollout.New?.Metadata.Annotation(DeploymentAnnotations.Revision)) is { } change)
        {
            if (await deployments.PatchAsync(ObjectKey.Of(deployment.Metadata), Patch.Merge(change), "status", cancellation) is not ApiResult<V1Deployment>.NotFound and var result)
                result.RequiredOf(deployment);
        }
        return judgesProgress && !counts.IsComplete(rollout.Wanted) && Deadline(deployment, conditions) is { } deadline
            ? deadline - time.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(1)
            : null;
    }

    private void JudgeProgress(Rollout rollout, Counts counts, DeploymentConditions conditions)
    {
        string about = rollout.New is { } set ? $"ReplicaSet \"{set.Metadata.Name}\"" : $"Deployment \"{rollout.Deployment.Metadata.Name}\"";
        if (rollout.Deployment.Spec.ProgressDeadlineSeconds is null)
            conditions.Remove(Progressing);
        else if (counts.Replicas == counts.Updated && conditions[Progressing]?.Reason == "NewReplicaSetAvailable")
        {
            // It was complete; that some pod is not available at the moment is no new rollout.
        }
        else if (counts.IsComplete(rollout.Wanted))
            conditions.Set(Progressing, "True", "NewReplicaSetAvailable", $"{about} has successfully progressed.");
        else if (counts.IsProgressSince(Counts.Of(rollout.Deployment.Status)))
            conditions.Renew(Progressing, "True", "ReplicaSetUpdated", $"{about} is progressing.");
        else if (Deadline(rollout.Deployment, conditions) <= time.GetUtcNow().UtcDateTime)
            conditions.Set(Progressing, "False", "ProgressDeadlineExceeded", $"{about} has timed out progressing.");

        if ((rollout.New?.Status?.Conditions ?? []).Concat(rollout.Old.SelectMany(r => r.Status?.Conditions ?? [])).FirstOrDefault(c => c.Type == "ReplicaFailure") is { } failure)
            conditions.Set("ReplicaFailure", failure.Status, failure.Reason, failure.Message);
        else
            conditions.Remove("ReplicaFailure");
    }

    /// <summary>When the lack of progress becomes a failure; null if it already is one, or cannot become one.</summary>
    private static DateTime? Deadline(V1Deployment deployment, DeploymentConditions conditions) =>
        deployment.Spec.ProgressDeadlineSeconds is { } seconds
        && conditions[Progressing] is { LastUpdateTime: { } since, Reason: not ("NewReplicaSetAvailable" or "ProgressDeadlineExceeded") }
            ? since.AddSeconds(seconds)
            : null;

    private static JsonObject? StatusPatch(V1Deployment deployment, Counts counts, DeploymentConditions conditions, string? revision)
    {
        var status = deployment.Status;
        revision ??= deployment.Metadata.Annotation(DeploymentAnnotations.Revision);
        if (Counts.Of(status) == counts && status?.ObservedGeneration == deployment.Metadata.Generation
            && deployment.Metadata.Annotation(DeploymentAnnotations.Revision) == revision
            && JsonNode.DeepEquals(Kinds.ToJson(status?.Conditions ?? []), Kinds.ToJson(conditions.All)))
            return null;
        JsonObject metadata = new() { ["resourceVersion"] = deployment.Metadata.ResourceVersion };
        if (revision is not null)
            metadata["annotations"] = new JsonObject { [DeploymentAnnotations.Revision] = revision };
        return new()
        {
            ["metadata"] = metadata,
            ["status"] = new JsonObject
            {
                ["observedGeneration"] = deployment.Metadata.Generation,
                ["replicas"] = NoneIsNull(counts.Replicas),
                ["updatedReplicas"] = NoneIsNull(counts.Updated),
                ["readyReplicas"] = NoneIsNull(counts.Ready),
                ["availableReplicas"] = NoneIsNull(counts.Available),
                ["unavailableReplicas"] = NoneIsNull(counts.Unavailable),
                ["conditions"] = Kinds.ToJson(conditions.All),
            },
        };
    }

    private static int? NoneIsNull(int count) => count == 0 ? null : count;
}
