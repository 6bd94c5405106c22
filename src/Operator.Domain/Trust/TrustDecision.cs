namespace Operator.Domain.Trust;

/// <summary>What is asked of an image before it may make the next pod.</summary>
public enum TrustRequirement
{
    NotRevoked,
    Listed,
}

/// <summary>A trusted image as people wrote it down.</summary>
public sealed record TrustedRepository(string Name, IReadOnlyList<string> Repositories, IReadOnlyList<ListedDigest> Digests)
{
    private readonly HashSet<string> canonical = [.. Repositories.Select(ImageReference.Canonical).OfType<string>()];

    /// <summary>As they are written.</summary>
    public IReadOnlyList<string> Repositories { get; } = Repositories;

    /// <summary>One of its repositories is this one, however either is written.</summary>
    public bool Describes(ImageReference image) => image.CanonicalRepository is { } repository && canonical.Contains(repository);
}

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
               where image.JudgedDigest is not null
               select new TrustedRepository("decided", [image.Repository], [new ListedDigest(image.JudgedDigest!, [], [])]),
        ],
    };

    /// <summary>The template names a digest that may run. A tag never does: it can be repointed.</summary>
    public bool Trusts(ImageReference image) =>
        image.JudgedDigest is { } digest && Allows(image, digest);

    /// <summary>
    /// A running container, judged by the repository of its template: an admission webhook that sends pods to a mirror changes what the
    /// pod names, not what it is. It is trusted where the pod names a trusted digest, or where the runtime reports one of the class
    /// {listed digest, its platform manifests}, under any repository's name.
    /// </summary>
    /// <param name="template">The image that the container of the same name has in the template that made the pod.</param>
    /// <param name="spec">The image that the pod names.</param>
    /// <param name="imageId">What the runtime reports.</param>
    public TrustVerdict Judge(ImageReference template, ImageReference spec, string? imageId)
    {
        if (!template.IsReadable)
            return TrustVerdict.Unknown;
        if (spec.JudgedDigest is { } named && Allows(template, named))
            return TrustVerdict.Trusted;
        if (RunningImage.Parse(imageId) is { } runs && JudgeDigest(template, runs.Digest, runs.IsManifest) is var verdict and not TrustVerdict.Unknown)
            return verdict;
        return spec.JudgedDigest is { } digest ? JudgeDigest(template, digest, isManifest: true) : TrustVerdict.Unknown;
    }

    /// <summary>The content of an image volume. By a tag it is not known: no runtime reports what was mounted.</summary>
    public TrustVerdict JudgeVolume(ImageReference image) =>
        image.JudgedDigest is { } digest ? IsRevoked(image, digest) ? TrustVerdict.Untrusted : Allows(image, digest) ? TrustVerdict.Trusted : TrustVerdict.Unknown
            : TrustVerdict.Unknown;

    /// <summary>The digest that a template's image should name, chosen by its tag.</summary>
    /// <param name="image">The image in the template.</param>
    /// <param name="ran">What the compromised container ran; what NotRevoked falls back to.</param>
    public DigestChoice Choose(ImageReference image, RunningImage? ran)
    {
        if (!image.IsReadable)
            return new DigestChoice.None($"\"{Clip(image.ToString())}\" is no image name that a digest could be put on");
        if (Require == TrustRequirement.NotRevoked)
        {
            return ran switch
            {
                null => new DigestChoice.None($"it is not known which digest of {image} ran"),
                { IsManifest: false } => new DigestChoice.None(
                    $"the runtime reports {ran.Digest} for {image} without a repository, which may be the digest of a configuration, and only that of a manifest can be pinned"),
                _ when ran.Repository != image.CanonicalRepository => new DigestChoice.None(
                    $"{image} is {image.CanonicalRepository} but ran from {ran.Repository}, and a digest of one repository is not put on another"),
                _ when IsRevoked(image, ran.Digest) => new DigestChoice.None($"{ran.Digest}, which {image} ran, is revoked"),
                _ => new DigestChoice.Chosen(image.At(ran.Digest), "not revoked"),
            };
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

    /// <summary>A digest is revoked under its own name or its index's.</summary>
    public bool IsRevoked(ImageReference image, string digest) =>
        Revoked.Contains(digest) || Listed(image).Any(l => l.Listed.PlatformDigests.Contains(digest) && Revoked.Contains(l.Listed.Digest));

    /// <summary>A bare digest that no list has says nothing: the manifest that goes with it may be on one.</summary>
    private TrustVerdict JudgeDigest(ImageReference template, string digest, bool isManifest) =>
        IsRevoked(template, digest) ? TrustVerdict.Untrusted
        : isManifest ? Allows(template, digest) ? TrustVerdict.Trusted : TrustVerdict.Untrusted
        : IsListed(template, digest) ? TrustVerdict.Trusted
        : TrustVerdict.Unknown;

    private bool Allows(ImageReference image, string digest) =>
        image.IsReadable && !IsRevoked(image, digest) && (Require == TrustRequirement.NotRevoked || IsListed(image, digest));

    private bool IsListed(ImageReference image, string digest) =>
        Listed(image).Any(l => l.Listed.Digest == digest || l.Listed.PlatformDigests.Contains(digest));

    private IEnumerable<(string Name, ListedDigest Listed)> Listed(ImageReference image) =>
        from trusted in Images
        where trusted.Describes(image)
        from listed in trusted.Digests
        select (trusted.Name, listed);

    private static string Clip(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
