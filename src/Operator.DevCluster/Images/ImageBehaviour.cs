namespace Operator.DevCluster.Images;

/// <summary>What a container does that runs an image.</summary>
public sealed record ImageBehaviour
{
    /// <summary>The lines that it logs when it starts.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];

    /// <summary>A line that it logs again and again.</summary>
    public string? Heartbeat { get; init; }
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it runs before it ends by itself; null if it never does.</summary>
    public TimeSpan? CrashesAfter { get; init; }
    public int ExitCode { get; init; } = 1;

    /// <summary>It runs, and is never Ready.</summary>
    public bool NeverReady { get; init; }
}
