using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

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

    /// <summary>How long the containers of a deleted pod take to stop; never longer than its grace.</summary>
    public TimeSpan StopDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The first pause after a failed pull or a crash. It doubles with each further one, up to five minutes.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether any image reference can be pulled, its digest derived from its name; else only what was pushed to the registry.</summary>
    public bool PullsAnyImage { get; init; }

    /// <summary>What admission makes of each image of a pod that is created, as a webhook for a registry mirror does. The embedded API server alone does it.</summary>
    public Func<string, string>? AdmittedImage { get; init; }

    /// <summary>The imageID that kubelets report, by repository and digest. Runtimes do it in several ways.</summary>
    public Func<string, string, string> ReportedImageId { get; init; } = (repository, digest) => $"{repository}@{digest}";

    /// <summary>Whether workload controllers, the scheduler and kubelets run; without them the API alone is served.</summary>
    public bool Controllers { get; init; } = true;

    /// <summary>Whether those tell in Events what they do.</summary>
    public bool Events { get; init; } = true;

    /// <summary>Where the components log what goes wrong in them.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>How often a watch that asked for bookmarks gets one. A kube-apiserver sends them once a minute.</summary>
    public TimeSpan WatchBookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many writes of a resource a watch may lie behind before it is told 410 Gone.</summary>
    public int WatchHistory { get; init; } = 5000;
}
