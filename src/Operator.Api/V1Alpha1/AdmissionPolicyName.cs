using System.Text.Json.Serialization;

namespace Operator.Api.V1Alpha1;

/// <summary>The admission policies that are shipped with the operator, and that it never writes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AdmissionPolicyName>))]
public enum AdmissionPolicyName
{
    /// <summary>immutable-recovery-revoked-images: revoked digests are refused, for everybody.</summary>
    RevokedImages,

    /// <summary>immutable-recovery-pin-images: tags become trusted digests, where a namespace asks for it.</summary>
    PinImages,

    /// <summary>immutable-recovery-listed-images: unlisted digests are refused, where a namespace asks for it.</summary>
    ListedImages,

    /// <summary>immutable-recovery-approval: an approval is from who it says, who may approve.</summary>
    Approval,

    /// <summary>immutable-recovery-guard: what the operator's own account may change.</summary>
    Guard,

    /// <summary>immutable-recovery-guard-images: which images and revocations the operator's own account may write.</summary>
    GuardImages,

    /// <summary>immutable-recovery-guard-revoked: nor a revoked one into a template.</summary>
    GuardRevoked,

    /// <summary>immutable-recovery-guard-records: which records the operator's own account may delete.</summary>
    GuardRecords,

    /// <summary>immutable-recovery-reserved-labels: nobody else sets or lifts a quarantine.</summary>
    ReservedLabels,

    /// <summary>immutable-recovery-records: only the operator creates Recoveries and writes the status of the operator's kinds.</summary>
    Records,
}
