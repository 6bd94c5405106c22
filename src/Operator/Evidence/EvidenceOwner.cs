using System.Security.Cryptography;
using System.Text;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Evidence;

/// <summary>The recovery that evidence belongs to: by namespace, name and UID, since names of two namespaces may be equal and a name may be used again.</summary>
internal sealed record EvidenceOwner(ObjectKey Key, string Uid, string PodUid)
{
    public static EvidenceOwner Of(Recovery recovery) => new(ObjectKey.Of(recovery.Metadata), recovery.Metadata.Uid, recovery.Spec.Target.Uid);

    /// <summary>The name of its ConfigMap in the operator's namespace.</summary>
    public string MapName => $"evidence-{Key.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Key}/{Uid}")).AsSpan(0, 5))}";

    /// <summary>The annotations by which evidence that was found is known to be that of this recovery.</summary>
    public Dictionary<string, string> Annotations => new()
    {
        [WellKnown.RecoveryAnnotation] = Key.ToString(),
        [WellKnown.Group + "/recovery-uid"] = Uid,
        [WellKnown.Group + "/pod-uid"] = PodUid,
    };
}
