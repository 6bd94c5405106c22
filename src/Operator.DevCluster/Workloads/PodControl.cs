using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>Makes and deletes the pods of workloads, and tells of it in Events.</summary>
internal sealed class PodControl(KubernetesConnection connection, PodExpectations expectations, EventRecorder events)
{
    private readonly ResourceApi<V1Pod> pods = new(connection, Kinds.Pods);

    /// <summary>What an Event says of a pod that was made.</summary>
    public Func<IKubernetesObject<V1ObjectMeta>, V1Pod, string> TellCreated { get; init; } = (_, pod) => $"Created pod: {pod.Metadata.Name}";

    /// <summary>What an Event says of a pod that was deleted.</summary>
    public Func<IKubernetesObject<V1ObjectMeta>, V1Pod, string> TellDeleted { get; init; } = (_, pod) => $"Deleted pod: {pod.Metadata.Name}";

    /// <summary>One at first and then twice as many each time: a template that is refused shall be refused once, not hundreds of times.</summary>
    public async Task<(IReadOnlyList<V1Pod> Made, string? Refusal)> CreateAsync(
        IKubernetesObject<V1ObjectMeta> owner, IReadOnlyList<V1Pod> wanted, CancellationToken cancellation)
    {
        List<V1Pod> made = [];
        for (int done = 0, batch = 1; done < wanted.Count; done += batch, batch *= 2)
        {
            var results = await Task.WhenAll(wanted.Skip(done).Take(batch).Select(p => CreateAsync(owner, p, cancellation)));
            made.AddRange(results.Select(r => r.Pod).OfType<V1Pod>());
            if (results.Select(r => r.Refusal).FirstOrDefault(r => r is not null) is { } refusal)
                return (made, refusal);
        }
        return (made, null);
    }

    /// <summary>Deletes pods by their UIDs; one that is gone already is as good.</summary>
    public Task DeleteAsync(IKubernetesObject<V1ObjectMeta> owner, IEnumerable<V1Pod> going, CancellationToken cancellation) => Task.WhenAll(going.Select(async pod =>
    {
        switch (await pods.DeleteAsync(ObjectKey.Of(pod.Metadata), new() { Uid = pod.Metadata.Uid }, cancellation))
        {
            case ApiResult<Deleted>.Ok:
                expectations.Deleted(pod);
                events.Normal(owner, "SuccessfulDelete", TellDeleted(owner, pod));
                break;
            case ApiResult<Deleted>.NotFound or ApiResult<Deleted>.Conflict:
                expectations.Deleted(pod);
                break;
            case var refused:
                throw new ApiUnavailableException($"delete pod {pod.Metadata.Name}: {refused}");
        }
    }));

    private async Task<(V1Pod? Pod, string? Refusal)> CreateAsync(IKubernetesObject<V1ObjectMeta> owner, V1Pod wanted, CancellationToken cancellation)
    {
        var result = await expectations.CreateAsync(() => pods.CreateAsync(wanted, cancellation));
        if (result is ApiResult<V1Pod>.Ok { Value: var pod })
        {
            events.Normal(owner, "SuccessfulCreate", TellCreated(owner, pod));
            return (pod, null);
        }
        string refusal = result switch
        {
            ApiResult<V1Pod>.Forbidden forbidden => forbidden.Message,
            ApiResult<V1Pod>.Invalid invalid => invalid.Message,
            _ => $"{result}",
        };
        events.Warning(owner, "FailedCreate", $"Error creating: {refusal}");
        return (null, refusal);
    }
}
