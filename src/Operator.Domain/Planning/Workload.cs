namespace Operator.Domain.Planning;

/// <summary>One image that a template names.</summary>
/// <param name="Name">The container, or the volume.</param>
/// <param name="Image">As it is written.</param>
/// <param name="Init">It is one of the init containers.</param>
/// <param name="IsVolume">It is no container but a volume with the content of an image. Those are judged and never pinned.</param>
public sealed record TemplateContainer(string Name, string Image, bool Init = false, bool IsVolume = false);

/// <summary>What makes the next pod.</summary>
public sealed record Workload
{
    public required OwnerKind Kind { get; init; }
    public required string Name { get; init; }
    public required string Uid { get; init; }
    public int Replicas { get; init; } = 1;
    public bool Deleting { get; init; }
    public bool Paused { get; init; }

    /// <summary>The recovery (namespace/name) that paused it; null when its user did.</summary>
    public string? PausedBy { get; init; }

    /// <summary>The recovery that pinned its template last, and how often.</summary>
    public string? PinnedBy { get; init; }
    public int Pins { get; init; }

    /// <summary>What writes it from a source of its own: a GitOps tool or Helm, in words; null where that is not known.</summary>
    public string? ManagedBy { get; init; }

    /// <summary>The field manager that wrote the image which its template names now; looked up once a pin was undone.</summary>
    public string? RevertedBy { get; init; }

    /// <summary>Its controller has seen its latest spec.</summary>
    public bool Settled { get; init; } = true;

    /// <summary>Its own template, init containers included.</summary>
    public required IReadOnlyList<TemplateContainer> Template { get; init; }

    /// <summary>The ReplicaSets that want pods. Each makes its next pod from its own template.</summary>
    public IReadOnlyList<ReplicaSet> ReplicaSets { get; init; } = [];

    /// <summary>The Jobs that want pods: a Job itself, or those of a CronJob that run.</summary>
    public IReadOnlyList<Job> Jobs { get; init; } = [];

    /// <summary>A Job that is complete or has failed: it makes no more pods.</summary>
    public bool Finished { get; init; }

    /// <summary>It leaves pods of an old template alone until somebody deletes them: a StatefulSet or DaemonSet on OnDelete.</summary>
    public bool OnDelete { get; init; }

    /// <summary>What a StatefulSet makes pods from below its partition; null without one.</summary>
    public HeldRevision? Held { get; init; }

    /// <summary>Why the controller cannot make pods or does not get on: quota, admission, a progress deadline.</summary>
    public (string Reason, string Message)? Problem { get; init; }

    /// <summary>The template that made a pod, as far as it is still there; else the workload's own.</summary>
    public IReadOnlyList<TemplateContainer> TemplateOf(Pod pod) =>
        Jobs.FirstOrDefault(j => j.Name == pod.Job)?.Template
        ?? ReplicaSets.FirstOrDefault(r => r.Name == pod.ReplicaSet)?.Template
        ?? (Held is { } held && pod.Ordinal < held.Partition ? held.Template : Template);

    /// <summary>More than one ReplicaSet wants pods, or the only one is not the Deployment's current one.</summary>
    public bool RollingOut => Kind == OwnerKind.Deployment && (!Settled || ReplicaSets.Count > 1 || ReplicaSets.Any(r => !r.Current));
}

/// <summary>
/// The revision from which a StatefulSet goes on making pods with an ordinal below its partition, whatever its template says. It cannot be changed.
/// </summary>
public sealed record HeldRevision(string Name, int Partition, IReadOnlyList<TemplateContainer> Template);

/// <summary>A Job makes each of its pods from its own template, which nobody can change.</summary>
public sealed record Job(string Name, string Uid, IReadOnlyList<TemplateContainer> Template);

public sealed record ReplicaSet
{
    public required string Name { get; init; }
    public required string Uid { get; init; }
    public bool Current { get; init; }

    /// <summary>Its controller has seen its latest spec, and makes the next pod from it.</summary>
    public bool Settled { get; init; } = true;
    public required IReadOnlyList<TemplateContainer> Template { get; init; }
}
