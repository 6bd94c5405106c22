using Operator.Domain.Trust;

namespace Operator.Domain.Planning;

/// <summary>What the cluster does to pods of the target's namespace on their way in.</summary>
public sealed record AdmissionOffer
{
    public static readonly AdmissionOffer None = new();

    /// <summary>A tag becomes the digest that a TrustedImage lists for it.</summary>
    public bool PinsTags { get; init; }

    /// <summary>Digests on a revocation list are refused.</summary>
    public bool RefusesRevoked { get; init; }

    /// <summary>So are digests that the TrustedImage of their repository does not list.</summary>
    public bool RefusesUnlisted { get; init; }

    /// <summary>There is a revocation list that this operator may add to.</summary>
    public bool CanRevoke { get; init; }

    /// <summary>Images that pods in protected namespaces run.</summary>
    public SparedImages Spared { get; init; } = SparedImages.None;

    /// <summary>What a dry run has just shown; null where none was asked for.</summary>
    public AdmissionTrial? Trial { get; init; }
}

/// <summary>What a dry run is to show before a pod goes: tried on that pod, since this operator makes none.</summary>
/// <param name="On">A pod that runs.</param>
/// <param name="Tags">Images that must become trusted digests.</param>
/// <param name="Condemned">Images by digest that must be refused.</param>
public sealed record TrialRequest(Pod On, IReadOnlyList<string> Tags, IReadOnlyList<string> Condemned);

/// <summary>What a dry run has shown.</summary>
public sealed record AdmissionTrial
{
    /// <summary>What became of each image that was let in.</summary>
    public IReadOnlyDictionary<string, string> Became { get; init; } = new Dictionary<string, string>();

    /// <summary>Images that our policies refused.</summary>
    public IReadOnlySet<string> Refused { get; init; } = new HashSet<string>();

    /// <summary>What kept it from being tried, and will not pass by itself.</summary>
    public string? Problem { get; init; }
}
