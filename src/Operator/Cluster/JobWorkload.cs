using k8s;
using k8s.Models;

namespace Operator.Cluster;

/// <summary>What recovery reads of a Job, whose template nobody can change.</summary>
public sealed record Job : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required JobSpec Spec { get; init; }
    public JobStatus Status { get; set; } = new();
}

public sealed record JobSpec
{
    public int? Parallelism { get; init; }

    /// <summary>Null for a work queue: then one pod that succeeds ends it.</summary>
    public int? Completions { get; init; }
    public bool Suspend { get; init; }
    public required PodTemplate Template { get; init; }
}

public sealed record JobStatus
{
    public int Succeeded { get; init; }
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}

/// <summary>What recovery reads of a CronJob.</summary>
public sealed record CronJob : IMetadata<V1ObjectMeta>
{
    public required V1ObjectMeta Metadata { get; set; }
    public required CronJobSpec Spec { get; init; }
}

public sealed record CronJobSpec
{
    public required JobTemplate JobTemplate { get; init; }
}

public sealed record JobTemplate
{
    public required JobSpec Spec { get; init; }
}
