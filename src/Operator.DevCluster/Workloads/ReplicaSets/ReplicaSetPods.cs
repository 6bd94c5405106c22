using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.ReplicaSets;

/// <summary>Why a ReplicaSet has not the pods that it should have.</summary>
internal sealed record ReplicaFailure(string Reason, string Message);

/// <summary>Makes the pods that a ReplicaSet lacks and deletes those that it has too many.</summary>
internal sealed class ReplicaSetPods(ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, EventRecorder events)
{
    private const int Burst = 500;

    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);
    private readonly ResourceApi<V1ReplicaSet> replicaSets = new(connection, Kinds.ReplicaSets);

    public static V1OwnerReference OwnerReference(V1ReplicaSet set) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "ReplicaSet",
        Name = set.Metadata.Name,
        Uid = set.Metadata.Uid,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    /// <summary>The active pods that there are in the end, and what went wrong on the way.</summary>
    public async Task<(List<V1Pod> Active, ReplicaFailure? Failure)> AdjustAsync(V1ReplicaSet set, List<V1Pod> active, CancellationToken cancellation)
    {
        int missing = (set.Spec.Replicas ?? 1) - active.Count;
        if (missing > 0)
        {
            // A cache may lag behind; nothing shall be made from a template that has been changed.
            if (await replicaSets.GetAsync(ObjectKey.Of(set.Metadata), cancellation) is not ApiResult<V1ReplicaSet>.Ok { Value: var live }
                || live.Metadata.Uid != set.Metadata.Uid || live.Metadata.Generation != set.Metadata.Generation)
                return (active, null);
            return await CreateAsync(set, active, Math.Min(missing, Burst), cancellation);
        }
        if (missing < 0)
            return await DeleteAsync(set, active, Math.Min(-missing, Burst), cancellation);
        return (active, null);
    }

    /// <summary>One at first and then twice as many each time: a template that is refused shall be refused once, not hundreds of times.</summary>
    private async Task<(List<V1Pod>, ReplicaFailure?)> CreateAsync(V1ReplicaSet set, List<V1Pod> active, int count, CancellationToken cancellation)
    {
        List<V1Pod> now = [.. active];
        for (int batch = 1; count > 0; batch *= 2)
        {
            batch = Math.Min(batch, count);
            count -= batch;
            var results = await Task.WhenAll(Enumerable.Range(0, batch).Select(_ => CreateAsync(set, cancellation)));
            now.AddRange(results.Select(r => r.Pod).OfType<V1Pod>());
            if (results.Select(r => r.Refusal).FirstOrDefault(r => r is not null) is { } refusal)
                return (now, new("FailedCreate", refusal));
        }
        return (now, null);
    }

    private async Task<(V1Pod? Pod, string? Refusal)> CreateAsync(V1ReplicaSet set, CancellationToken cancellation)
    {
        var result = await expectations.CreateAsync(() => pods.CreateAsync(PodOf(set), cancellation));
        if (result is ApiResult<V1Pod>.Ok { Value: var pod })
        {
            events.Normal(set, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
            return (pod, null);
        }
        string refusal = result switch
        {
            ApiResult<V1Pod>.Forbidden forbidden => forbidden.Message,
            ApiResult<V1Pod>.Invalid invalid => invalid.Message,
            _ => $"{result}",
        };
        events.Warning(set, "FailedCreate", $"Error creating: {refusal}");
        return (null, refusal);
    }

    private async Task<(List<V1Pod>, ReplicaFailure?)> DeleteAsync(V1ReplicaSet set, List<V1Pod> active, int count, CancellationToken cancellation)
    {
        var going = PodRanking.FirstToGo(active, Related(set)).Take(count).ToList();
        await Task.WhenAll(going.Select(async pod =>
        {
            switch (await pods.DeleteAsync(ObjectKey.Of(pod.Metadata), new() { Uid = pod.Metadata.Uid }, cancellation))
            {
                case ApiResult<Deleted>.Ok:
                    expectations.Deleted(pod);
                    events.Normal(set, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
                    break;
                case ApiResult<Deleted>.NotFound or ApiResult<Deleted>.Conflict:
                    expectations.Deleted(pod);
                    break;
                case var refused:
                    throw new ApiUnavailableException($"delete pod {pod.Metadata.Name}: {refused}");
            }
        }));
        return ([.. active.Except(going)], null);
    }

    /// <summary>The active pods of this and of all other ReplicaSets of the same owner.</summary>
    private IEnumerable<V1Pod> Related(V1ReplicaSet set)
    {
        IEnumerable<V1ReplicaSet> siblings = set.Metadata.Controller() is { } owner ? ClusterCache.OwnedBy(cache.ReplicaSets, owner.Uid) : [set];
        return siblings.SelectMany(s => ClusterCache.OwnedBy(cache.Pods, s.Metadata.Uid)).Where(V1.IsActive);
    }

    private static V1Pod PodOf(V1ReplicaSet set)
    {
        var template = Kinds.Clone(set.Spec.Template);
        return new()
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new()
            {
                GenerateName = set.Metadata.Name + "-",
                NamespaceProperty = set.Metadata.NamespaceProperty,
                Labels = template.Metadata?.Labels,
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [OwnerReference(set)],
            },
            Spec = template.Spec,
        };
    }
}
