namespace Operator.DevCluster;

/// <summary>What an embedded cluster is like.</summary>
public sealed record EmbeddedClusterOptions
{
    public int Nodes { get; init; } = 2;
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a container runs before it is Ready.</summary>
    public TimeSpan ReadinessDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an image takes to be pulled that the node does not have.</summary>
    public TimeSpan PullDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether workload controllers and kubelets run; without them the API alone is served.</summary>
    public bool Controllers { get; init; } = true;

    /// <summary>How often a watch that asked for bookmarks gets one. A kube-apiserver sends them once a minute.</summary>
    public TimeSpan WatchBookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many writes of a resource a watch may lie behind before it is told 410 Gone.</summary>
    public int WatchHistory { get; init; } = 5000;
}
