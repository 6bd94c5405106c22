using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.StatefulSets;

/// <summary>
/// Brings the pods of a StatefulSet a step further. In order, what comes first must be available before anything else
/// happens: a broken pod holds up those after it and every rollout, until somebody deletes it.
/// </summary>
internal sealed class StatefulSetStep(KubernetesConnection connection, PodControl control, VolumeClaims claims, TimeProvider time)
{
    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);
    private readonly ResourceApi<V1StatefulSet> statefulSets = new(connection, Kinds.StatefulSets);

    /// <returns>Why a pod was refused; null if none was.</returns>
    public async Task<string?> TakeAsync(StatefulReplicas replicas, CancellationToken cancellation)
    {
        var (settled, refusal) = await FillAsync(replicas, cancellation);
        if (settled && await ShrinkAsync(replicas, cancellation) && replicas.IsRollingUpdate)
            await RollAsync(replicas, cancellation);
        return refusal;
    }

    /// <summary>Makes what is missing.</summary>
    /// <returns>Whether more may be done in this pass.</returns>
    private async Task<(bool Settled, string? Refusal)> FillAsync(StatefulReplicas replicas, CancellationToken cancellation)
    {
        List<V1Pod> missing = [];
        foreach (var (ordinal, pod) in replicas.Wanted)
        {
            if (pod is null)
                missing.Add(replicas.Make(ordinal));
            else if (pod.IsFinished() && !pod.IsGoing())
                await control.DeleteAsync(replicas.Set, [pod], cancellation);
            bool holdsUp = pod is null || pod.IsFinished() || !replicas.IsAvailable(pod, time.GetUtcNow());
            if (holdsUp && replicas.IsOrdered)
                return (false, await CreateAsync(replicas.Set, missing, cancellation));
            if (pod is not null)
                await RestoreIdentityAsync(pod, cancellation);
        }
        string? refusal = await CreateAsync(replicas.Set, missing, cancellation);
        return (refusal is null, refusal);
    }

    /// <summary>Deletes what is beyond the wanted number, from the highest ordinal on.</summary>
    private async Task<bool> ShrinkAsync(StatefulReplicas replicas, CancellationToken cancellation)
    {
        var condemned = replicas.Condemned;
        var firstUnhealthy = condemned.LastOrDefault(p => !replicas.IsAvailable(p, time.GetUtcNow()));
        foreach (var pod in condemned)
        {
            bool waits = pod.IsGoing() || (!replicas.IsAvailable(pod, time.GetUtcNow()) && pod != firstUnhealthy);
            if (replicas.IsOrdered && waits)
                return false;
            if (!pod.IsGoing())
                await control.DeleteAsync(replicas.Set, [pod], cancellation);
            if (replicas.IsOrdered)
                return false;
        }
        return true;
    }

    /// <summary>Deletes the highest pod of another revision, once all above it are available.</summary>
    private async Task RollAsync(StatefulReplicas replicas, CancellationToken cancellation)
    {
        foreach (var (ordinal, pod) in replicas.Wanted.Reverse().TakeWhile(r => r.Ordinal >= replicas.FirstToUpdate))
        {
            if (pod is not null && !pod.IsGoing() && pod.Revision() != replicas.Update.Metadata.Name)
            {
                await control.DeleteAsync(replicas.Set, [pod], cancellation);
                return;
            }
            if (pod is null || !replicas.IsAvailable(pod, time.GetUtcNow()))
                return;
        }
    }

    private async Task<string?> CreateAsync(V1StatefulSet set, List<V1Pod> missing, CancellationToken cancellation)
    {
        // A cache may lag behind; nothing shall be made from a template that has been changed.
        if (missing.Count == 0 || await statefulSets.GetAsync(ObjectKey.Of(set.Metadata), cancellation) is not ApiResult<V1StatefulSet>.Ok { Value: var live }
            || live.Metadata.Uid != set.Metadata.Uid || live.Metadata.Generation != set.Metadata.Generation)
            return null;
        foreach (var pod in missing)
        {
            if (!await claims.EnsureAsync(set, pod, cancellation))
                return $"a claim of {pod.Metadata.Name} is being deleted";
        }
        return (await control.CreateAsync(set, missing, cancellation)).Refusal;
    }

    /// <summary>A pod keeps the label that tells its name: Services of single pods select by it.</summary>
    private async Task RestoreIdentityAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (pod.IsGoing() || pod.Metadata.Label(StatefulPod.NameLabel) == pod.Metadata.Name)
            return;
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = pod.Metadata.Uid,
                ["labels"] = new JsonObject { [StatefulPod.NameLabel] = pod.Metadata.Name },
            },
        });
        if (await pods.PatchAsync(ObjectKey.Of(pod.Metadata), patch, cancellation: cancellation) is not (ApiResult<V1Pod>.NotFound or ApiResult<V1Pod>.Invalid) and var result)
            result.RequiredOf(pod);
    }
}
