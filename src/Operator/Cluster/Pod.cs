using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>What recovery reads of a pod. Everything else is left unread: ten thousand pods must fit in memory.</summary>
public sealed record Pod : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public PodSpec Spec { get; set; } = new();
    public PodStatus Status { get; set; } = new();
}

public sealed record PodSpec
{
    public string? NodeName { get; init; }
    public string? PriorityClassName { get; init; }
    public bool HostNetwork { get; init; }
    public bool HostPID { get; init; }
    public bool HostIPC { get; init; }
    public IReadOnlyList<Container> Containers { get; set; } = [];
    public IReadOnlyList<Container> InitContainers { get; set; } = [];
    public IReadOnlyList<Container> EphemeralContainers { get; set; } = [];
    public IReadOnlyList<Volume> Volumes { get; set; } = [];
}

public sealed record Container
{
    public required string Name { get; init; }
    public string? Image { get; init; }
    public SecurityContext? SecurityContext { get; init; }
    public IReadOnlyList<ContainerPort> Ports { get; set; } = [];
}

public sealed record SecurityContext
{
    public bool Privileged { get; init; }
}

public sealed record ContainerPort
{
    public int? HostPort { get; init; }
}

public sealed record Volume
{
    public string? Name { get; init; }
    public ImageVolume? Image { get; init; }
    public HostPath? HostPath { get; init; }
    public PersistentVolumeClaim? PersistentVolumeClaim { get; init; }
}

/// <summary>The content of an image, mounted as files.</summary>
public sealed record ImageVolume
{
    public string? Reference { get; init; }
}

public sealed record PersistentVolumeClaim
{
    public string ClaimName { get; set; } = "";
}

public sealed record HostPath
{
    public string Path { get; set; } = "";
}

public sealed record PodStatus
{
    public string? Phase { get; init; }
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; set; } = [];
    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; set; } = [];
    public IReadOnlyList<ContainerStatus> EphemeralContainerStatuses { get; set; } = [];
}

public sealed record ContainerStatus
{
    public required string Name { get; init; }
    public string? ContainerID { get; init; }
    public string? ImageID { get; init; }
    public bool Ready { get; init; }
    public int RestartCount { get; init; }
    public ContainerState? State { get; init; }
    public ContainerState? LastState { get; init; }
}

public sealed record ContainerState
{
    public StateReason? Waiting { get; init; }
    public RunningState? Running { get; init; }
    public TerminatedState? Terminated { get; init; }
}

public sealed record StateReason
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public sealed record RunningState
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record TerminatedState
{
    public string? ContainerID { get; init; }
}

/// <summary>A condition as pods and Deployments report it.</summary>
public sealed record Condition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
}
