using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>The ReplicaSet of a Deployment's present template: annotates the one there is, or makes it.</summary>
internal sealed class NewReplicaSet(KubernetesConnection connection, ReplicaSetScaling scaling)
{
    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);
    private readonly ResourceApi<V1Deployment> deployments = new(connection, Kinds.Deployments);

    /// <summary>Brings the annotations of the ReplicaSet that there is, and with it the revision, up to date.</summary>
    public async Task<Rollout> AnnotateAsync(Rollout rollout, DeploymentConditions conditions, CancellationToken cancellation)
    {
        if (rollout.New is not { } set)
            return rollout;
        var missing = DeploymentAnnotations.Missing(rollout, set.Metadata.Annotations);
        int minReady = rollout.Deployment.Spec.MinReadySeconds ?? 0;
        if (missing.Count > 0 || (set.Spec.MinReadySeconds ?? 0) != minReady)
        {
            var patch = Patch.Merge(new()
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = set.Metadata.ResourceVersion, ["annotations"] = Kinds.ToJson(missing) },
                ["spec"] = new JsonObject { ["minReadySeconds"] = minReady == 0 ? null : minReady },
            });
            rollout = rollout.With((await replicaSets.PatchAsync(ObjectKey.Of(set.Metadata), patch, cancellation: cancellation)).RequiredOf(set));
        }
        if (rollout.Deployment.Spec.ProgressDeadlineSeconds is not null && conditions[DeploymentConditions.Progressing] is null)
            conditions.Set(DeploymentConditions.Progressing, "True", "FoundNewReplicaSet", $"Found new replica set \"{set.Metadata.Name}\"");
        return rollout;
    }

    /// <returns>Null if the caches lag behind what the server knows: then there is nothing to decide yet.</returns>
    public async Task<Rollout?> EnsureAsync(Rollout rollout, DeploymentConditions conditions, CancellationToken cancellation)
    {
        if (rollout.New is not null)
            return await AnnotateAsync(rollout, conditions, cancellation);
        if (!await IsUpToDateAsync(rollout, cancellation))
            return null;
        var made = Of(rollout);
        switch (await replicaSets.CreateAsync(made, cancellation))
        {
            case ApiResult<V1ReplicaSet>.Ok { Value: var created }:
                if (created.Wanted() > 0)
                    scaling.Announce(rollout.Deployment, created, 0, created.Wanted());
                if (rollout.Deployment.Spec.ProgressDeadlineSeconds is not null)
                    conditions.Set(DeploymentConditions.Progressing, "True", "NewReplicaSetCreated", $"Created new replica set \"{created.Metadata.Name}\"");
                return rollout with { New = created };
            case ApiResult<V1ReplicaSet>.AlreadyExists:
                await CountCollisionAsync(rollout.Deployment, cancellation);
                return null;
            case var refused:
                if (rollout.Deployment.Spec.ProgressDeadlineSeconds is not null)
                    conditions.Set(DeploymentConditions.Progressing, "False", "ReplicaSetCreateError", $"Failed to create new replica set \"{made.Metadata.Name}\": {refused}");
                return rollout with { Refusal = $"{made.Metadata.Name}: {refused}" };
        }
    }

    /// <summary>
    /// Asks the server itself: a ReplicaSet that was just made or patched to the present template must not be taken
    /// for missing because one watch is behind the other.
    /// </summary>
    private async Task<bool> IsUpToDateAsync(Rollout rollout, CancellationToken cancellation)
    {
        var known = rollout.Deployment.Metadata;
        if (await deployments.GetAsync(ObjectKey.Of(known), cancellation) is not ApiResult<V1Deployment>.Ok { Value: var live }
            || live.Metadata.Uid != known.Uid || live.Metadata.Generation != known.Generation)
            return false;
        Selection mine = new() { Namespace = known.NamespaceProperty, LabelSelector = V1.Selector(live.Spec.Selector).ToString() };
        var sets = (await replicaSets.ListAsync(mine, limit: 0, cancellation: cancellation)).Required().Items;
        return !sets.Any(r => r.Metadata.Controller()?.Uid == known.Uid && PodTemplates.AreEqual(r.Spec.Template, live.Spec.Template));
    }

    private static V1ReplicaSet Of(Rollout rollout)
    {
        var deployment = rollout.Deployment;
        var template = Kinds.Clone(deployment.Spec.Template);
        string hash = PodTemplates.Hash(template, deployment.Status?.CollisionCount ?? 0);
        template.Metadata.Labels = new Dictionary<string, string>(template.Metadata.Labels) { [PodTemplates.HashLabel] = hash };
        var selector = Kinds.Clone(deployment.Spec.Selector);
        selector.MatchLabels = new Dictionary<string, string>(selector.MatchLabels ?? new Dictionary<string, string>()) { [PodTemplates.HashLabel] = hash };
        var annotations = DeploymentAnnotations.Missing(rollout, present: null);
        foreach (var (key, value) in DeploymentAnnotations.Scale(deployment))
            annotations[key] = value;
        return new()
        {
            ApiVersion = "apps/v1",
            Kind = "ReplicaSet",
            Metadata = new()
            {
                Name = $"{deployment.Metadata.Name}-{hash}",
                NamespaceProperty = deployment.Metadata.NamespaceProperty,
                Labels = template.Metadata.Labels,
                Annotations = annotations,
                OwnerReferences = [Ownership.ReferenceTo(deployment)],
            },
            Spec = new()
            {
                Replicas = RollingUpdate.SizeOfNew(rollout, 0),
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = selector,
                Template = template,
            },
        };
    }

    /// <summary>Another object has the name that the hash leads to; counted in, the next name is another one.</summary>
    private async Task CountCollisionAsync(V1Deployment deployment, CancellationToken cancellation)
    {
        JsonObject change = new()
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = deployment.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["collisionCount"] = (deployment.Status?.CollisionCount ?? 0) + 1 },
        };
        (await deployments.PatchAsync(ObjectKey.Of(deployment.Metadata), Patch.Merge(change), "status", cancellation)).RequiredOf(deployment);
    }
}
