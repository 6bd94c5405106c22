using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Admission;

/// <summary>Which of the shipped policies are in force, and why the others are not.</summary>
/// <param name="InForce">By name, and by what they are known again: UIDs and generations of policy and binding.</param>
/// <param name="Missing">By name, and why.</param>
internal sealed record AdmissionState(IReadOnlyDictionary<AdmissionPolicyName, string> InForce, IReadOnlyDictionary<AdmissionPolicyName, string> Missing)
{
    public static readonly AdmissionState Unknown = new(
        new Dictionary<AdmissionPolicyName, string>(),
        Enum.GetValues<AdmissionPolicyName>().ToDictionary(n => n, _ => "the operator has not looked yet"));

    public bool Has(AdmissionPolicyName name) => InForce.ContainsKey(name);

    /// <summary>The names of policy and binding on the cluster.</summary>
    public static string NameOf(AdmissionPolicyName name) => name switch
    {
        AdmissionPolicyName.RevokedImages => "immutable-recovery-revoked-images",
        AdmissionPolicyName.PinImages => "immutable-recovery-pin-images",
        AdmissionPolicyName.ListedImages => "immutable-recovery-listed-images",
        AdmissionPolicyName.Approval => "immutable-recovery-approval",
        AdmissionPolicyName.Guard => "immutable-recovery-guard",
        AdmissionPolicyName.GuardImages => "immutable-recovery-guard-images",
        AdmissionPolicyName.GuardRevoked => "immutable-recovery-guard-revoked",
        AdmissionPolicyName.GuardRecords => "immutable-recovery-guard-records",
        AdmissionPolicyName.ReservedLabels => "immutable-recovery-reserved-labels",
        AdmissionPolicyName.Records => "immutable-recovery-records",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static bool IsMutating(AdmissionPolicyName name) => name is AdmissionPolicyName.PinImages;

    /// <summary>Why a policy with its binding does not do what it is relied on for; null when it does.</summary>
    public static string? Lacks(AdmissionPolicyName name, ApiResult<AdmissionPolicy> policy, ApiResult<AdmissionBinding> binding) => (policy, binding) switch
    {
        (ApiResult<AdmissionPolicy>.NotFound, _) => "it is not installed",
        (ApiResult<AdmissionPolicy>.Forbidden f, _) => $"the operator may not read it: {f.Message}",
        (_, ApiResult<AdmissionBinding>.NotFound) => "it has no binding of its name",
        (_, ApiResult<AdmissionBinding>.Forbidden f) => $"the operator may not read its binding: {f.Message}",
        (ApiResult<AdmissionPolicy>.Ok { Value: var p }, ApiResult<AdmissionBinding>.Ok { Value: var b }) => Lacks(name, p, b),
        _ => throw new ApiUnavailableException($"{NameOf(name)}: {policy}, {binding}"),
    };

    private static string? Lacks(AdmissionPolicyName name, AdmissionPolicy policy, AdmissionBinding binding)
    {
        if (policy.Metadata.DeletionTimestamp is not null || binding.Metadata.DeletionTimestamp is not null)
            return "it is being deleted";
        if (policy.Spec.FailurePolicy is not (null or "Fail"))
            return $"its failurePolicy is {policy.Spec.FailurePolicy}";
        if (binding.Spec.PolicyName != NameOf(name))
            return $"its binding is of {binding.Spec.PolicyName}";
        if (!IsMutating(name) && binding.Spec.ValidationActions?.Contains("Deny") is not true)
            return "its binding does not deny";
        return binding.Spec.MatchResources is { ValueKind: not (System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.Undefined) }
            ? "its binding has matchResources, which narrow it down"
            : null;
    }

    /// <summary>By which a policy that stayed is told from one that was changed or made anew.</summary>
    public static string Identity(AdmissionPolicyName name, AdmissionPolicy policy, AdmissionBinding binding) =>
        $"{NameOf(name)} ({policy.Metadata.Uid}.{policy.Metadata.Generation}, {binding.Metadata.Uid}.{binding.Metadata.Generation})";
}
