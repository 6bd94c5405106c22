using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Evidence;
using Operator.Runtime;

namespace Operator.Lifetime;

/// <summary>Deletes the evidence of a recovery, before its record: nothing else would find it afterwards.</summary>
internal sealed class StoredEvidence(ResourceApi<EvidenceMap> maps, string operatorNamespace)
{
    /// <summary>
    /// Deletes each ConfigMap that the record names and that names the record, and the one that was stored for it before a crash and never recorded.
    /// What else the record names was not written for it.
    /// </summary>
    /// <returns>How many were deleted.</returns>
    public async Task<int> DeleteAsync(Recovery recovery, CancellationToken cancellation)
    {
        var deleted = 0;
        var unrecorded = new ObjectKey(operatorNamespace, EvidenceOwner.Of(recovery).MapName).ToString();
        foreach (var name in (recovery.Status?.Evidence ?? []).Select(e => e.ConfigMap).Append(unrecorded).OfType<string>().Distinct())
        {
            if (!ObjectKey.TryParse(name, out var key) || key.Namespace != operatorNamespace)
                continue;
            switch (await maps.GetAsync(key, cancellation))
            {
                case ApiResult<EvidenceMap>.NotFound:
                    continue;
                case ApiResult<EvidenceMap>.Ok { Value.Metadata: var found }:
                    if (!Belongs(found, recovery) || Hold.IsOn(found))
                        continue;
                    if (await maps.DeleteAsync(key, new Deletion { Uid = found.Uid, ResourceVersion = found.ResourceVersion }, cancellation) is var result and not ApiResult<Deleted>.NotFound)
                        result.Required();
                    deleted++;
                    break;
                case var refused:
                    throw new ApiUnavailableException($"ConfigMap {key}: the API server answered {refused}");
            }
        }
        return deleted;
    }

    private static bool Belongs(k8s.Models.V1ObjectMeta map, Recovery recovery) =>
        map.Label("app.kubernetes.io/managed-by") == OperatorOptions.FieldManager
        && map.Annotation(WellKnown.RecoveryAnnotation) == ObjectKey.Of(recovery.Metadata).ToString()
        && (map.Annotation($"{WellKnown.Group}/recovery-uid") ?? recovery.Metadata.Uid) == recovery.Metadata.Uid;
}
