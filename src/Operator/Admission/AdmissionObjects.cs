using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Admission;

/// <summary>What is read of an admission policy, validating or mutating.</summary>
public sealed record AdmissionPolicy : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public AdmissionPolicySpec Spec { get; set; } = new();
}

public sealed record AdmissionPolicySpec
{
    /// <summary>Ignore lets everything pass that cannot be evaluated. Absent is Fail.</summary>
    public string? FailurePolicy { get; init; }
}

/// <summary>What is read of the binding of an admission policy, validating or mutating.</summary>
public sealed record AdmissionBinding : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public AdmissionBindingSpec Spec { get; set; } = new();
}

public sealed record AdmissionBindingSpec
{
    public string? PolicyName { get; init; }

    /// <summary>Deny, Warn, Audit; only validating bindings have them.</summary>
    public IReadOnlyList<string>? ValidationActions { get; set; }

    /// <summary>What narrows the policy down further.</summary>
    public JsonElement? MatchResources { get; init; }
}
