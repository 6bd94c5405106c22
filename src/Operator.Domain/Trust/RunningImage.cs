namespace Operator.Domain.Trust;

/// <summary>
/// What a runtime reports that a container runs. Where the imageID names a repository, the digest is that of a manifest and can be pulled.
/// A bare digest is the image's id on its node: mostly that of a configuration, which no registry has.
/// </summary>
/// <param name="Repository">The canonical repository it was pulled from; null for a bare digest.</param>
/// <param name="Digest">sha256: and 64 hexadecimal digits.</param>
public sealed record RunningImage(string? Repository, string Digest)
{
    /// <summary>The digest is known to be a manifest's, by which a template can name the image.</summary>
    public bool IsManifest => Repository is not null;

    /// <summary>The repository and digest, or the digest alone.</summary>
    public override string ToString() => Repository is null ? Digest : $"{Repository}@{Digest}";

    /// <summary>
    /// Reads an imageID: repository@sha256:…, docker-pullable://repository@sha256:…, docker://sha256:…, sha256:… or, as CRI-O reports it,
    /// 64 hexadecimal digits alone. Null where it says nothing certain.
    /// </summary>
    public static RunningImage? Parse(string? imageId)
    {
        if (imageId is null)
            return null;
        var text = imageId.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? imageId[(scheme + 3)..] : imageId;
        if (text.Contains('@', StringComparison.Ordinal))
            return ImageReference.Parse(text) is { JudgedDigest: { } digest, CanonicalRepository: { } repository } ? new(repository, digest) : null;
        var hex = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        return hex.Length == 64 && hex.All(char.IsAsciiHexDigitLower) ? new(null, $"sha256:{hex}") : null;
    }
}
