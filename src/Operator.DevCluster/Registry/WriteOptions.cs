namespace Operator.DevCluster.Registry;

/// <summary>How an object is written.</summary>
public sealed record WriteOptions
{
    public string FieldManager { get; init; } = "unknown";
    public bool DryRun { get; init; }

    /// <summary>"" for the object itself, or <c>status</c>, <c>scale</c>, <c>finalize</c>, <c>binding</c>, <c>eviction</c>.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>What becomes of fields that the resource does not have.</summary>
    public UnknownFields UnknownFields { get; init; } = UnknownFields.Ignored;

    /// <summary>Whether this is a server-side apply, which says itself who owns what.</summary>
    internal bool IsApply { get; init; }
}

/// <summary>metav1.DeleteOptions.</summary>
public sealed record DeleteOptions
{
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Background (default), Foreground or Orphan.</summary>
    public string? PropagationPolicy { get; init; }
    public bool DryRun { get; init; }
}

/// <summary>What a deletion did: the object as it is or was last, and whether it is gone.</summary>
public sealed record DeleteResult(Storage.StoredObject Stored, bool Gone);
