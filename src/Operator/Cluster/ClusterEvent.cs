using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>A core/v1 Event, as this operator writes it.</summary>
public sealed record ClusterEvent : IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; } = "v1";
    public string Kind { get; } = "Event";
    public required V1ObjectMeta Metadata { get; set; }
    public required EventSubject InvolvedObject { get; init; }
    public required string Type { get; init; }
    public required string Reason { get; init; }
    public required string Message { get; init; }
    public required DateTime FirstTimestamp { get; init; }
    public required DateTime LastTimestamp { get; init; }
    public int Count => 1;
    public EventSource Source { get; } = new();
}

public sealed record EventSubject(string ApiVersion, string Kind, string? Namespace, string Name, string? Uid);

public sealed record EventSource
{
    public string Component => OperatorOptions.FieldManager;
}
