using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>
/// What recovery reads of a pod. Everything else is left unread: ten thousand pods must fit in memory. Nothing here is required or only set
/// at the start, which the serializer reads more slowly.
/// </summary>
public sealed record Pod : IMetadata<V1ObjectMeta>
{
    public V1ObjectMeta Metadata { get; set; } = new();
    public PodSpec Spec { get; set; } = new();
    public PodStatus Status { get; set; } = new();
}

public sealed record PodSpec
{
    public string? NodeName { get; set; }
    public string? PriorityClassName { get; set; }
    public bool HostNetwork { get; set; }
    public bool HostPID { get; set; }
    public bool HostIPC { get; set; }
    public IReadOnlyList<Container> Containers { get; set; } = [];
    public IReadOnlyList<Container> InitContainers { get; set; } = [];
    public IReadOnlyList<Container> EphemeralContainers { get; set; } = [];
    public IReadOnlyList<Volume> Volumes { get; set; } = [];
}

public sealed record Container
{
    public string Name { get; set; } = "";
    public string? Image { get; set; }
    public SecurityContext? SecurityContext { get; set; }
    public IReadOnlyList<ContainerPort> Ports { get; set; } = [];
}

public sealed record SecurityContext
{
    public bool Privileged { get; set; }
}

public sealed record ContainerPort
{
    public int? HostPort { get; set; }
}

public sealed record Volume
{
    public string? Name { get; set; }
    public ImageVolume? Image { get; set; }
    public HostPath? HostPath { get; set; }
    public PersistentVolumeClaim? PersistentVolumeClaim { get; set; }
}

/// <summary>The content of an image, mounted as files.</summary>
public sealed record ImageVolume
{
    public string? Reference { get; set; }
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
    public string? Phase { get; set; }
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; set; } = [];
    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; set; } = [];
    public IReadOnlyList<ContainerStatus> EphemeralContainerStatuses { get; set; } = [];
}

public sealed record ContainerStatus
{
    public string Name { get; set; } = "";
    public string? ContainerID { get; set; }
    public string? ImageID { get; set; }
    public bool Ready { get; set; }
    public int RestartCount { get; set; }
    public ContainerState? State { get; set; }
    public ContainerState? LastState { get; set; }
}

public sealed record ContainerState
{
    public StateReason? Waiting { get; set; }
    public RunningState? Running { get; set; }
    public TerminatedState? Terminated { get; set; }
}

public sealed record StateReason
{
    public string? Reason { get; set; }
    public string? Message { get; set; }
}

public sealed record RunningState
{
    public DateTimeOffset? StartedAt { get; set; }
}

public sealed record TerminatedState
{
    public string? ContainerID { get; set; }
}

/// <summary>A condition as pods and Deployments report it.</summary>
public sealed record Condition
{
    public string Type { get; set; } = "";
    public string Status { get; set; } = "";
    public string? Reason { get; set; }
    public string? Message { get; set; }
}
