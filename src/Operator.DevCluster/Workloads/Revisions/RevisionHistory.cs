using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Revisions;

/// <summary>The revisions of a workload, oldest first.</summary>
/// <param name="All">All that there are.</param>
/// <param name="Update">That of the present template, the newest.</param>
/// <param name="Collisions">How often its name was taken.</param>
internal sealed record RevisionList(IReadOnlyList<V1ControllerRevision> All, V1ControllerRevision Update, int Collisions);

/// <summary>Keeps every template that a workload has had, each in a ControllerRevision (pkg/controller/history of Kubernetes).</summary>
/// <param name="cache">Where they are found.</param>
/// <param name="connection">How they are written.</param>
/// <param name="hashLabel">What the label is called that tells their hash.</param>
internal sealed class RevisionHistory<TOwner>(ClusterCache cache, KubernetesConnection connection, ResourceApi<TOwner> owners, string hashLabel)
    where TOwner : class, IKubernetesObject<V1ObjectMeta>
{
    public const string PodLabel = "controller-revision-hash";

    private readonly ResourceApi<V1ControllerRevision> revisions = new(connection, Kinds.Revisions);

    /// <summary>Once this has returned, the present template has a revision, and it is the newest.</summary>
    public async Task<RevisionList> OfAsync(TOwner owner, V1PodTemplateSpec template, V1LabelSelector selector, int collisions, CancellationToken cancellation)
    {
        ControllerRefs<V1ControllerRevision, TOwner> references = new(revisions, owners, owner, selector);
        var claimed = await references.ClaimAsync(ClusterCache.Claimable(cache.Revisions, owner.Metadata), cancellation);
        List<V1ControllerRevision> all = [.. claimed.OrderBy(r => r.Revision).ThenBy(r => r.Metadata.CreationTimestamp).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal)];
        var data = RevisionData.Of(template);
        long next = all.Count == 0 ? 1 : (all[^1].Revision ?? 0) + 1;
        if (all.LastOrDefault(r => r.Holds(data)) is not { } known)
            (known, collisions) = await CreateAsync(owner, template, data, next, collisions, cancellation);
        else if (known == all[^1])
            return new(all, known, collisions);
        else
        {
            // An old template has come back: its revision becomes the newest.
            all.Remove(known);
            var patch = Patch.Merge(new() { ["metadata"] = new JsonObject { ["uid"] = known.Metadata.Uid }, ["revision"] = next });
            known = (await revisions.PatchAsync(ObjectKey.Of(known.Metadata), patch, cancellation: cancellation)).RequiredOf(known);
        }
        return new([.. all, known], known, collisions);
    }

    /// <summary>Deletes the oldest beyond the limit among those that no pod has any more.</summary>
    public async Task TruncateAsync(RevisionList list, Func<V1ControllerRevision, bool> isLive, int limit, CancellationToken cancellation)
    {
        var history = list.All.Where(r => r != list.Update && !isLive(r)).ToList();
        foreach (var old in history.Take(history.Count - limit))
            await revisions.DeleteAsync(ObjectKey.Of(old.Metadata), new() { Uid = old.Metadata.Uid }, cancellation);
    }

    private async Task<(V1ControllerRevision Revision, int Collisions)> CreateAsync(
        TOwner owner, V1PodTemplateSpec template, JsonObject data, long number, int collisions, CancellationToken cancellation)
    {
        while (true)
        {
            string hash = PodTemplates.Hash(template, collisions);
            V1ControllerRevision made = new()
            {
                ApiVersion = "apps/v1",
                Kind = "ControllerRevision",
                Metadata = new()
                {
                    Name = $"{owner.Metadata.Name}-{hash}",
                    NamespaceProperty = owner.Metadata.NamespaceProperty,
                    Labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>()) { [hashLabel] = hash },
                    Annotations = owner.Metadata.Annotations,
                    OwnerReferences = [Ownership.ReferenceTo(owner)],
                },
                Data = data.DeepClone(),
                Revision = number,
            };
            switch (await revisions.CreateAsync(made, cancellation))
            {
                case ApiResult<V1ControllerRevision>.AlreadyExists:
                    // It is the same that the cache does not show yet, or another with the name that the hash leads to.
                    var taken = (await revisions.GetAsync(ObjectKey.Of(made.Metadata), cancellation)).RequiredOf(made);
                    if (taken.Metadata.Controller()?.Uid == owner.Metadata.Uid && taken.Holds(data))
                        return (taken, collisions);
                    collisions++;
                    break;
                case var result:
                    return (result.RequiredOf(made), collisions);
            }
        }
    }
}
