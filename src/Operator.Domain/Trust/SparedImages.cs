namespace Operator.Domain.Trust;

/// <summary>
/// Images that are never revoked because pods in protected namespaces run them. Of a pod whose digest is not known every digest of its
/// repository is spared.
/// </summary>
/// <param name="Digests">What these pods run or name, by digest.</param>
/// <param name="Repositories">Canonical repositories of which such a pod runs a digest that is not known.</param>
public sealed record SparedImages(IReadOnlySet<string> Digests, IReadOnlySet<string> Repositories)
{
    /// <summary>No image is spared.</summary>
    public static readonly SparedImages None = new(new HashSet<string>(), new HashSet<string>());

    /// <summary>Whether revoking the digest of this image could stop a pod in a protected namespace.</summary>
    public bool Holds(ImageReference image) =>
        (image.Digest is { } digest && Digests.Contains(digest)) || (image.CanonicalRepository is { } repository && Repositories.Contains(repository));

    /// <summary>From the images that containers name and what the runtime reports of them.</summary>
    public static SparedImages Of(IEnumerable<(string Image, string? ImageId)> running)
    {
        HashSet<string> digests = [], repositories = [];
        foreach (var (image, imageId) in running)
        {
            var (named, runs) = (ImageReference.Parse(image), RunningImage.Parse(imageId));
            if (named.JudgedDigest is { } digest)
                digests.Add(digest);
            if (runs is not null)
                digests.Add(runs.Digest);
            if (named.JudgedDigest is null && runs is not { IsManifest: true } && named.CanonicalRepository is { } repository)
                repositories.Add(repository);
        }
        return new(digests, repositories);
    }
}
