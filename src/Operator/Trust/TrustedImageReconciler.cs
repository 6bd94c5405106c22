using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Trust;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Trust;

/// <summary>Says of each trusted image how many of its digests still may run.</summary>
internal sealed class TrustedImageReconciler(ClusterCache cache, TimeProvider time) : IReconciler<ObjectKey>
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.TrustedImages.Store.Get(key) is not { } image)
            return ReconcileResult.Done;
        var revoked = cache.ImageRevocationLists.Store.All.SelectMany(l => l.Spec.Revoked.Keys).ToHashSet();
        var generation = image.Metadata.Generation ?? 0;
        var status = new TrustedImageStatus
        {
            ObservedGeneration = generation,
            Digests = image.Spec.Digests.Count,
            Revoked = image.Spec.Digests.Count(d => revoked.Contains(d.Digest)),
            Conditions = [.. image.Status?.Conditions ?? []],
        };
        var usable = status.Digests - status.Revoked;
        var unread = image.Spec.Repositories.Where(r => ImageReference.Canonical(r) is null).ToList();
        status.Conditions.Set("Ready", usable > 0 && unread.Count == 0,
            unread.Count > 0 ? "RepositoryUnreadable" : usable > 0 ? "Usable" : status.Digests == 0 ? "NoDigests" : "AllRevoked",
            unread.Count > 0 ? $"no image can be of repository {string.Join(", ", unread)}: write an IPv6 address in its shortest form" : usable > 0 ? $"{usable} digests may run" : "no digest may run: list one that is not revoked", generation, time.GetUtcNow());
        var before = image.Status;
        if (before is not null && before.ObservedGeneration == status.ObservedGeneration && before.Digests == status.Digests && before.Revoked == status.Revoked)
            return ReconcileResult.Done;
        (await cache.TrustedImages.Api.ReplaceAsync(image with { Status = status }, "status", cancellation)).Required();
        return ReconcileResult.Done;
    }
}
