using k8s;
using k8s.Models;
using Operator.Domain.Policies;

namespace Operator.Cluster;

/// <summary>What recovery reads of a node.</summary>
public sealed record Node : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public NodeSpec Spec { get; set; } = new();
}

public sealed record NodeSpec
{
    public bool Unschedulable { get; init; }
}

/// <summary>A namespace: its labels decide which cluster policies reach into it.</summary>
public sealed record Namespace : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
}


/// <summary>A PodDisruptionBudget, read before a pod is taken out.</summary>
public sealed record PodDisruptionBudget : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public DisruptionBudgetSpec Spec { get; set; } = new();
    public DisruptionBudgetStatus Status { get; set; } = new();
}

public sealed record DisruptionBudgetSpec
{
    /// <summary>In policy/v1 an empty selector matches every pod of the namespace, a missing one none.</summary>
    public LabelSelector? Selector { get; init; }
}

public sealed record DisruptionBudgetStatus
{
    public int DisruptionsAllowed { get; init; }
}

/// <summary>A ConfigMap that holds evidence: gzip-compressed bytes by key.</summary>
public sealed record EvidenceMap : IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; } = "v1";
    public string Kind { get; } = "ConfigMap";
    public required V1ObjectMeta Metadata { get; set; }
    public bool Immutable { get; init; }
    public IReadOnlyDictionary<string, byte[]> BinaryData { get; set; } = new Dictionary<string, byte[]>();
}
