namespace Operator.Domain.Trust;

/// <summary>What is asked of an image before it may make the next pod.</summary>
public enum TrustRequirement
{
    NotRevoked,
    Listed,
}

/// <summary>A trusted image as people wrote it down.</summary>
public sealed record TrustedRepository(string Name, IReadOnlyList<string> Repositories, IReadOnlyList<ListedDigest> Digests);

/// <summary>One digest, the tags it stands for and the platform manifests it is an index of.</summary>
public sealed record ListedDigest(string Digest, IReadOnlyList<string> Tags, IReadOnlyList<string> PlatformDigests);

/// <summary>What an untrusted image is to be replaced by, or why nothing can be said.</summary>
public abstract record DigestChoice
{
    private DigestChoice()
    {
    }

    public sealed record Chosen(ImageReference Image, string TrustedBy) : DigestChoice;

    public sealed record None(string Reason) : DigestChoice;
}

/// <summary>Which digests may run: listed by any trusted image of the repository, and revoked by nobody.</summary>
public sealed record TrustDecision(IReadOnlyList<TrustedRepository> Images, IReadOnlySet<string> Revoked, TrustRequirement Require)
{
    /// <summary>What was decided before stays trusted, should its TrustedImage change meanwhile; a revocation undoes that.</summary>
    public TrustDecision Keeping(IEnumerable<ImageReference> decided) => this with
    {
        Images =
        [
            .. Images,
            .. from image in decided
               where image.Digest is not null
               select new TrustedRepository("decided", [image.Repository], [new ListedDigest(image.Digest!, [], [])]),
        ],
    };

    /// <summary>The template names a digest that may run. A tag never does: it can be repointed.</summary>
    public bool Trusts(ImageReference image) =>
        image.Digest is { } digest && Allows(image, digest);

    /// <summary>
    /// A container that runs under a name the template gives: its spec names a trusted digest, or the runtime reports
    /// a digest of the class {listed digest, its platform manifests}, under whatever repository name.
    /// </summary>
    public bool TrustsRunning(ImageReference spec, string? imageId) =>
        Trusts(spec) || (ImageReference.DigestOf(imageId) is { } digest && Allows(spec, digest));

    /// <summary>The digest that a template's image should name, chosen by its tag.</summary>
    /// <param name="ran">The digest that the compromised container ran; what NotRevoked falls back to.</param>
    public DigestChoice Choose(ImageReference image, string? ran)
    {
        if (Require == TrustRequirement.NotRevoked)
        {
            return ran is null ? new DigestChoice.None($"it is not known which digest of {image} ran")
                : IsRevoked(image, ran) ? new DigestChoice.None($"{ran}, which {image} ran, is revoked")
                : new DigestChoice.Chosen(image.At(ran), "not revoked");
        }

        var listed = Listed(image).ToList();
        if (listed.Count == 0)
            return new DigestChoice.None($"no TrustedImage lists {image.CanonicalRepository}");
        var fitting = listed
            .Where(l => image.EffectiveTag is null || l.Listed.Tags.Contains(image.EffectiveTag))
            .Where(l => !IsRevoked(image, l.Listed.Digest))
            .DistinctBy(l => l.Listed.Digest)
            .ToList();
        var which = image.EffectiveTag is null ? "" : $" with tag {image.EffectiveTag}";
        return fitting switch
        {
            [var (name, digest)] => new DigestChoice.Chosen(image.At(digest.Digest), name),
            [] => new DigestChoice.None($"no digest of {image.CanonicalRepository}{which} is listed and not revoked"),
            _ => new DigestChoice.None($"{fitting.Count} digests of {image.CanonicalRepository}{which} are listed: one must remain"),
        };
    }

    /// <summary>Somebody lists this digest, of whatever repository, as an index or as a manifest of one.</summary>
    public bool Lists(string digest) => Images.Any(i => i.Digests.Any(d => d.Digest == digest || d.PlatformDigests.Contains(digest)));

    private bool Allows(ImageReference image, string digest) =>
        !IsRevoked(image, digest)
        && (Require == TrustRequirement.NotRevoked
            || Listed(image).Any(l => l.Listed.Digest == digest || l.Listed.PlatformDigests.Contains(digest)));

    /// <summary>A digest is revoked under its own name or its index's.</summary>
    private bool IsRevoked(ImageReference image, string digest) =>
        Revoked.Contains(digest) || Listed(image).Any(l => l.Listed.PlatformDigests.Contains(digest) && Revoked.Contains(l.Listed.Digest));

    private IEnumerable<(string Name, ListedDigest Listed)> Listed(ImageReference image) =>
        from trusted in Images
        where trusted.Repositories.Any(r => ImageReference.Canonical(r) == image.CanonicalRepository)
        from listed in trusted.Digests
        select (trusted.Name, listed);
}
