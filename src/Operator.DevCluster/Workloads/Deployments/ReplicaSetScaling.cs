using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>Scales the ReplicaSets of a Deployment: one, or all in proportion.</summary>
internal sealed class ReplicaSetScaling(KubernetesConnection connection, EventRecorder events)
{
    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);

    /// <summary>Whether the number of replicas was changed since the ReplicaSets were last scaled.</summary>
    public static bool IsDue(Rollout rollout) => rollout.Active.Any(r =>
        r.Metadata.Annotation(DeploymentAnnotations.DesiredReplicas) is not null && r.Metadata.Number(DeploymentAnnotations.DesiredReplicas) != rollout.Wanted);

    /// <summary>Brings the ReplicaSets to the Deployment's size without moving pods from old to new.</summary>
    public async Task<Rollout> ScaleAsync(Rollout rollout, CancellationToken cancellation)
    {
        if (ActiveOrLatest(rollout) is { } only)
            return await ToAsync(rollout, only, rollout.Wanted, cancellation);
        if (IsSaturated(rollout))
        {
            foreach (var old in rollout.ActiveOld)
                rollout = await ToAsync(rollout, old, 0, cancellation);
            return rollout;
        }
        return rollout.Deployment.IsRollingUpdate() ? await InProportionAsync(rollout, cancellation) : rollout;
    }

    /// <summary>Does nothing where the size is right already.</summary>
    public async Task<Rollout> ToAsync(Rollout rollout, V1ReplicaSet set, int size, CancellationToken cancellation) =>
        set.Wanted() == size ? rollout : await WriteAsync(rollout, set, size, cancellation);

    private async Task<Rollout> InProportionAsync(Rollout rollout, CancellationToken cancellation)
    {
        int allowed = rollout.Wanted > 0 ? rollout.Wanted + rollout.Deployment.MaxSurge() : 0;
        int toAdd = allowed - rollout.Active.Wanted();
        // What is left over from rounding goes to the largest: of equals to the newest when growing, to the oldest when shrinking.
        var bySize = rollout.Active.OrderByDescending(ReplicaCounts.Wanted);
        var sets = (toAdd > 0 ? bySize.ThenByDescending(r => r.Metadata.CreationTimestamp) : bySize.ThenBy(r => r.Metadata.CreationTimestamp)).ToList();
        int added = 0;
        var sizes = sets.ToDictionary(r => r.Metadata.Uid, r =>
        {
            int share = Share(r, rollout, toAdd, added);
            added += share;
            return r.Wanted() + share;
        });
        for (int i = 0; i < sets.Count; i++)
        {
            int size = sizes[sets[i].Metadata.Uid] + (i == 0 ? toAdd - added : 0);
            rollout = await WriteAsync(rollout, sets[i], Math.Max(0, size), cancellation);
        }
        return rollout;
    }

    private static int Share(V1ReplicaSet set, Rollout rollout, int toAdd, int added)
    {
        if (set.Wanted() == 0 || toAdd == added)
            return 0;
        int share = Fraction(set, rollout);
        return toAdd > 0 ? Math.Min(share, toAdd - added) : Math.Max(share, toAdd - added);
    }

    private static int Fraction(V1ReplicaSet set, Rollout rollout)
    {
        if (rollout.Wanted == 0)
            return -set.Wanted();
        int before = set.Metadata.Number(DeploymentAnnotations.MaxReplicas) is > 0 and var noted ? noted : rollout.Deployment.Status?.Replicas ?? 0;
        int now = rollout.Wanted + rollout.Deployment.MaxSurge();
        return before == 0 ? 0 : (int)Math.Round((double)set.Wanted() * now / before, MidpointRounding.AwayFromZero) - set.Wanted();
    }

    /// <summary>The only one with pods, or if none has any the newest; null if several have.</summary>
    private static V1ReplicaSet? ActiveOrLatest(Rollout rollout) => rollout.Active switch
    {
        [] => rollout.New ?? rollout.OldestFirst.LastOrDefault(),
        [var only] => only,
        _ => null,
    };

    private static bool IsSaturated(Rollout rollout) =>
        rollout.New is { } set && set.Metadata.Number(DeploymentAnnotations.DesiredReplicas) == rollout.Wanted
        && set.Wanted() == rollout.Wanted && set.Available() == rollout.Wanted;

    private async Task<Rollout> WriteAsync(Rollout rollout, V1ReplicaSet set, int size, CancellationToken cancellation)
    {
        int before = set.Wanted();
        var annotations = DeploymentAnnotations.Scale(rollout.Deployment);
        if (before == size && annotations.All(a => set.Metadata.Annotation(a.Key) == a.Value))
            return rollout;
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = set.Metadata.ResourceVersion, ["annotations"] = Kinds.ToJson(annotations) },
            ["spec"] = new JsonObject { ["replicas"] = size },
        });
        var changed = (await replicaSets.PatchAsync(ObjectKey.Of(set.Metadata), patch, cancellation: cancellation)).RequiredOf(set);
        if (before != size)
            Announce(rollout.Deployment, changed, before, size);
        return rollout.With(changed);
    }

    public void Announce(V1Deployment deployment, V1ReplicaSet set, int before, int size) => events.Normal(
        deployment, "ScalingReplicaSet", $"Scaled {(size > before ? "up" : "down")} replica set {set.Metadata.Name} from {before} to {size}");
}
