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
internal sealed class ControllerRefs<T, TOwner>(ResourceApi<T> api, ResourceApi<TOwner> owners, TOwner owner, V1LabelSelector labels)
    where T : class, IMetadata<V1ObjectMeta>
    where TOwner : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly V1OwnerReference reference = Ownership.ReferenceTo(owner);
    private readonly LabelSelector selector = V1.Selector(labels);
    private bool? mayAdopt;

    /// <summary>A finalizer that it puts on what it adopts, and takes off what it releases.</summary>
    public string? Finalizer { get; init; }

    private bool OwnerIsEnding => owner.Metadata.DeletionTimestamp is not null;

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
            if (controller.Uid != reference.Uid)
                return null;
            if (matches)
                return candidate;
            if (!OwnerIsEnding)
                await WriteOwnersAsync(candidate, [.. metadata.OwnerReferences.Where(o => o.Uid != reference.Uid)], [.. Others(metadata)], cancellation);
            return null;
        }
        if (OwnerIsEnding || !matches || metadata.DeletionTimestamp is not null || !await MayAdoptAsync(cancellation))
            return null;
        return await WriteOwnersAsync(
            candidate, [.. metadata.OwnerReferences ?? [], reference], Finalizer is null ? [.. Others(metadata)] : [.. Others(metadata), Finalizer], cancellation);
    }

    private IEnumerable<string> Others(V1ObjectMeta metadata) => (metadata.Finalizers ?? []).Where(f => f != Finalizer);

    /// <summary>Asked once a pass and of the server itself: a cache may still show an owner that is gone.</summary>
    private async Task<bool> MayAdoptAsync(CancellationToken cancellation) =>
        mayAdopt ??= await owners.GetAsync(ObjectKey.Of(owner.Metadata), cancellation) is ApiResult<TOwner>.Ok { Value: var live }
            && live.Metadata.Uid == reference.Uid && live.Metadata.DeletionTimestamp is null;

    /// <returns>Null if it is gone; its deletion is on the way to the cache.</returns>
    private async Task<T?> WriteOwnersAsync(T candidate, IReadOnlyList<V1OwnerReference> references, IReadOnlyList<string> finalizers, CancellationToken cancellation)
    {
        var metadata = candidate.Metadata;
        JsonObject change = new()
        {
            ["uid"] = metadata.Uid,
            ["resourceVersion"] = metadata.ResourceVersion,
            ["ownerReferences"] = references.Count == 0 ? null : Kinds.ToJson(references),
        };
        if (Finalizer is not null)
            change["finalizers"] = finalizers.Count == 0 ? null : Kinds.ToJson(finalizers);
        return await api.PatchAsync(ObjectKey.Of(metadata), Patch.Merge(new() { ["metadata"] = change }), cancellation: cancellation) switch
        {
            ApiResult<T>.NotFound or ApiResult<T>.Invalid => null,
            var result => result.RequiredOf(candidate),
        };
    }
}
