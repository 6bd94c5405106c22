using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>What recovery reads of a StatefulSet.</summary>
public sealed record StatefulSet : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required StatefulSetSpec Spec { get; init; }
    public StatefulSetStatus Status { get; set; } = new();
}

public sealed record StatefulSetSpec
{
    public int? Replicas { get; init; }
    public Ordinals? Ordinals { get; init; }
    public UpdateStrategy UpdateStrategy { get; set; } = new();
    public required PodTemplate Template { get; init; }
}

/// <summary>Where the numbers of a StatefulSet's pods begin; a partition is counted from there.</summary>
public sealed record Ordinals
{
    public int Start { get; init; }
}

public sealed record StatefulSetStatus
{
    public long? ObservedGeneration { get; init; }
    public string? CurrentRevision { get; init; }
}

/// <summary>What recovery reads of a DaemonSet.</summary>
public sealed record DaemonSet : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required DaemonSetSpec Spec { get; init; }
    public DaemonSetStatus Status { get; set; } = new();
}

public sealed record DaemonSetSpec
{
    public UpdateStrategy UpdateStrategy { get; set; } = new();
    public required PodTemplate Template { get; init; }
}

public sealed record DaemonSetStatus
{
    public long? ObservedGeneration { get; init; }
    public int DesiredNumberScheduled { get; init; }
}

/// <summary>How pods of an old template are replaced: RollingUpdate unless it says OnDelete.</summary>
public sealed record UpdateStrategy
{
    public string? Type { get; init; }
    public RollingUpdate? RollingUpdate { get; init; }
}

public sealed record RollingUpdate
{
    /// <summary>Of a StatefulSet: pods with a smaller ordinal keep the current revision.</summary>
    public int? Partition { get; init; }
}

/// <summary>A template that a StatefulSet had, as its controller keeps it.</summary>
public sealed record ControllerRevision : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public RevisionData Data { get; set; } = new();
}

public sealed record RevisionData
{
    public RevisionSpec? Spec { get; init; }
}

public sealed record RevisionSpec
{
    public PodTemplate? Template { get; init; }
}
