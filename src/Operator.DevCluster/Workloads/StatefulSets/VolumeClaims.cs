using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.StatefulSets;

/// <summary>The claims that the pods of a StatefulSet mount. They outlive their pods.</summary>
internal sealed class VolumeClaims(KubernetesConnection connection, EventRecorder events)
{
    private readonly ResourceApi<V1PersistentVolumeClaim> claims = new(connection, Kinds.VolumeClaims);

    /// <summary>The name follows from the template's and the pod's.</summary>
    public static string NameOf(V1PersistentVolumeClaim template, V1Pod pod) => $"{template.Metadata.Name}-{pod.Metadata.Name}";

    /// <returns>Whether the pod can be made: a claim that is on its way out has to be gone first.</returns>
    public async Task<bool> EnsureAsync(V1StatefulSet set, V1Pod pod, CancellationToken cancellation)
    {
        foreach (var template in set.Spec.VolumeClaimTemplates ?? [])
        {
            ObjectKey key = new(set.Metadata.NamespaceProperty, NameOf(template, pod));
            var present = await claims.GetAsync(key, cancellation);
            if (present is ApiResult<V1PersistentVolumeClaim>.Ok { Value.Metadata.DeletionTimestamp: not null })
                return false;
            if (present is not ApiResult<V1PersistentVolumeClaim>.NotFound)
                continue;
            var claim = ClaimOf(set, template, key);
            (await claims.CreateAsync(claim, cancellation)).RequiredOf(claim);
            events.Normal(set, "SuccessfulCreate", $"create Claim {key.Name} Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} success");
        }
        return true;
    }

    private static V1PersistentVolumeClaim ClaimOf(V1StatefulSet set, V1PersistentVolumeClaim template, ObjectKey key)
    {
        var claim = Kinds.Clone(template);
        (claim.ApiVersion, claim.Kind, claim.Status) = ("v1", "PersistentVolumeClaim", null);
        (claim.Metadata.Name, claim.Metadata.NamespaceProperty) = (key.Name, key.Namespace);
        claim.Metadata.Labels = new Dictionary<string, string>(claim.Metadata.Labels ?? new Dictionary<string, string>());
        foreach (var (label, value) in set.Spec.Selector.MatchLabels ?? new Dictionary<string, string>())
            claim.Metadata.Labels[label] = value;
        return claim;
    }
}
