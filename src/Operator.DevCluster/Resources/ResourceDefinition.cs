using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>One resource that the server serves.</summary>
public sealed record ResourceDefinition(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    public string Singular { get; init; } = Kind.ToLowerInvariant();
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public bool HasStatus { get; init; }

    /// <summary>Where the scale subresource reads and writes; null if there is none.</summary>
    public ScalePaths? Scale { get; init; }

    /// <summary>Whether a deletion answers with the object instead of a Status.</summary>
    public bool ReturnsDeletedObject { get; init; }

    /// <summary>Whether an update that names no version replaces whatever there is.</summary>
    public bool AllowsUnconditionalUpdate { get; init; } = true;

    /// <summary>Whether an update creates what does not exist.</summary>
    public bool AllowsCreateOnUpdate { get; init; }

    /// <summary>Whether a whole collection can be deleted in one request.</summary>
    public bool DeletesCollections { get; init; } = true;

    /// <summary>What this resource does of its own on create, update and delete.</summary>
    public ResourceStrategy Strategy { get; init; } = new();

    /// <summary>How its fields are merged.</summary>
    internal FieldType FieldType => field ??= FieldType.Of(this);

    public bool IsCustom => Strategy is CustomResourceStrategy;
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
    public GroupResource GroupResource => new(Group, Plural);

    public bool Serves(string subresource) => subresource switch
    {
        "status" => HasStatus,
        "scale" => Scale is not null,
        "finalize" => StorageKey == "namespaces",
        "log" or "binding" or "eviction" or "exec" or "attach" or "portforward" or "ephemeralcontainers" or "resize" => StorageKey == "pods",
        "token" => StorageKey == "serviceaccounts",
        _ => false,
    };

    /// <summary>The key in the store: <c>deployments.apps</c>.</summary>
    public string StorageKey { get; } = new GroupResource(Group, Plural).ToString();
}

/// <summary>JSON paths of a scale subresource, without the leading dot. Without a path for the selector it is that of the spec.</summary>
public sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? LabelSelector);
