using Operator.DevCluster.Events;
using Operator.DevCluster.Images;
using Operator.DevCluster.Logs;

namespace Operator.DevCluster.Kubelets;

/// <summary>What one node brings to the containers that run on it.</summary>
internal sealed record Kubelet(string Node, ImageRegistry Registry, LogStore Logs, EventRecorder Events, EmbeddedClusterOptions Options)
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);

    public NodeImages Images { get; } = new();

    /// <summary>It neither starts nor stops anything, and reports nothing.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>The pause after so many failures in a row.</summary>
    public TimeSpan BackOff(int failures) =>
        failures <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Min(LongestBackOff.Ticks, Options.BackOff.Ticks * Math.Pow(2, Math.Min(failures - 1, 30))));
}
