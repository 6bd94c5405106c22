using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>How what a controller makes refers to its owner, and whom it concerns.</summary>
internal static class Ownership
{
    public static V1OwnerReference ReferenceTo(IKubernetesObject<V1ObjectMeta> owner)
    {
        var (apiVersion, kind) = Kinds.NameOf(owner);
        return new()
        {
            ApiVersion = apiVersion,
            Kind = kind,
            Name = owner.Metadata.Name,
            Uid = owner.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }

    /// <summary>The workloads that an object concerns: its own, or if nobody owns it all that would take it.</summary>
    public static IEnumerable<ObjectKey> Of<TOwner>(Informer<TOwner> owners, string kind, V1ObjectMeta owned, Func<TOwner, V1LabelSelector> selector)
        where TOwner : class, IMetadata<V1ObjectMeta> => owned.Controller() switch
        {
            { } owner when owner.Kind == kind => [new(owned.NamespaceProperty, owner.Name)],
            null => ClusterCache.InNamespace(owners, owned.NamespaceProperty).Where(o => selector(o).Selects(owned)).Select(o => ObjectKey.Of(o.Metadata)),
            _ => [],
        };
}
