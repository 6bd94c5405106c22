using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Selectors;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>
/// Decides what belongs to a controller: adopts what its selector matches and nobody owns, releases what it owns and
/// no longer matches (controller_ref_manager of kube-controller-manager).
/// </summary>
internal sealed class ControllerRefs<T>(ResourceApi<T> api, V1OwnerReference owner, bool ownerIsEnding, LabelSelector selector, Func<Task<bool>> ownerIsAlive)
    where T : class, IMetadata<V1ObjectMeta>
{
    private bool? mayAdopt;

    /// <summary>Those of the candidates that belong to the controller once this has returned.</summary>
    public async Task<IReadOnlyList<T>> ClaimAsync(IEnumerable<T> candidates, CancellationToken cancellation)
    {
        List<T> claimed = [];
        foreach (var candidate in candidates)
        {
            if (await ClaimAsync(candidate, cancellation) is { } mine)
                claimed.Add(mine);
        }
        return claimed;
    }

    private async Task<T?> ClaimAsync(T candidate, CancellationToken cancellation)
    {
        var metadata = candidate.Metadata;
        bool matches = selector.Matches(metadata.Labels);
        if (metadata.Controller() is { } controller)
        {
            if (controller.Uid != owner.Uid)
                return null;
            if (matches)
                return candidate;
            if (!ownerIsEnding)
                await WriteOwnersAsync(candidate, [.. metadata.OwnerReferences.Where(o => o.Uid != owner.Uid)], cancellation);
            return null;
        }
        if (ownerIsEnding || !matches || metadata.DeletionTimestamp is not null || !await MayAdoptAsync())
            return null;
        return await WriteOwnersAsync(candidate, [.. metadata.OwnerReferences ?? [], owner], cancellation);
    }

    /// <summary>Asked once a pass and of the server itself: a cache may still show an owner that is gone.</summary>
    private async Task<bool> MayAdoptAsync() => mayAdopt ??= await ownerIsAlive();

    /// <returns>Null if it is gone; its deletion is on the way to the cache.</returns>
    private async Task<T?> WriteOwnersAsync(T candidate, IReadOnlyList<V1OwnerReference> owners, CancellationToken cancellation)
    {
        var metadata = candidate.Metadata;
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = metadata.Uid,
                ["resourceVersion"] = metadata.ResourceVersion,
                ["ownerReferences"] = owners.Count == 0 ? null : Kinds.ToJson(owners),
            },
        });
        return await api.PatchAsync(ObjectKey.Of(metadata), patch, cancellation: cancellation) switch
        {
            ApiResult<T>.NotFound or ApiResult<T>.Invalid => null,
            var result => result.RequiredOf(candidate),
        };
    }
}
