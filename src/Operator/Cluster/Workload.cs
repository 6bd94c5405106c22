using k8s;
using k8s.Models;
using Operator.Domain.Policies;

namespace Operator.Cluster;

/// <summary>What recovery reads of a Deployment.</summary>
public sealed record Deployment : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required DeploymentSpec Spec { get; init; }
    public DeploymentStatus Status { get; set; } = new();
}

public sealed record DeploymentSpec
{
    public int? Replicas { get; init; }
    public bool Paused { get; init; }
    public LabelSelector Selector { get; set; } = new();
    public DeploymentStrategy Strategy { get; set; } = new();
    public required PodTemplate Template { get; init; }
}

public sealed record DeploymentStrategy
{
    public string? Type { get; init; }
}

public sealed record DeploymentStatus
{
    public long? ObservedGeneration { get; init; }
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}

/// <summary>What recovery reads of a ReplicaSet: above all its own template, which makes the next pod.</summary>
public sealed record ReplicaSet : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required ReplicaSetSpec Spec { get; init; }
    public ReplicaSetStatus Status { get; set; } = new();
}

public sealed record ReplicaSetSpec
{
    public int? Replicas { get; init; }
    public LabelSelector Selector { get; set; } = new();
    public required PodTemplate Template { get; init; }
}

public sealed record ReplicaSetStatus
{
    public int Replicas { get; init; }
    public long? ObservedGeneration { get; init; }
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}

public sealed record PodTemplate
{
    public required TemplateSpec Spec { get; init; }
}

public sealed record TemplateSpec
{
    public IReadOnlyList<Container> Containers { get; set; } = [];
    public IReadOnlyList<Container> InitContainers { get; set; } = [];
    public IReadOnlyList<Volume> Volumes { get; set; } = [];
}
