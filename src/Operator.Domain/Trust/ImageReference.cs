namespace Operator.Domain.Trust;

/// <summary>
/// An image as a template names it: repository[:tag][@digest]. <see cref="Repository"/> is as written;
/// <see cref="CanonicalRepository"/> has the defaults filled in, since nginx is docker.io/library/nginx.
/// </summary>
public sealed record ImageReference(string Repository, string? Tag, string? Digest)
{
    public string CanonicalRepository { get; } = Canonical(Repository);

    /// <summary>The tag that counts: a name without tag and digest means latest.</summary>
    public string? EffectiveTag => Tag ?? (Digest is null ? "latest" : null);

    /// <summary>The same image by digest. The tag is kept, for people and for a later pin; with a digest a runtime ignores it.</summary>
    public ImageReference At(string digest) => this with { Digest = digest };

    public override string ToString() => $"{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    public static ImageReference Parse(string text)
    {
        var name = text;
        string? digest = null, tag = null;
        if (name.IndexOf('@') is var at and >= 0)
            (name, digest) = (name[..at], name[(at + 1)..]);
        // A colon before the last slash is a port.
        if (name.LastIndexOf(':') is var colon and >= 0 && colon > name.LastIndexOf('/'))
            (name, tag) = (name[..colon], name[(colon + 1)..]);
        return new(name, tag, digest);
    }

    /// <summary>
    /// The digest in an imageID as runtimes report it: repository@sha256:…, docker-pullable://…, or a bare sha256:….
    /// </summary>
    public static string? DigestOf(string? imageId) =>
        imageId?.IndexOf("sha256:", StringComparison.Ordinal) is { } start and >= 0 ? imageId[start..] : null;

    /// <summary>
    /// The manifest's digest in an imageID, by which a pod could name the image. A bare sha256:… may be that of a configuration,
    /// which no pod can.
    /// </summary>
    public static string? ManifestOf(string? imageId) => imageId?.Contains('@') is true ? DigestOf(imageId) : null;

    public static string Canonical(string repository)
    {
        var slash = repository.IndexOf('/');
        var first = slash < 0 ? "" : repository[..slash];
        var hasHost = first.Contains('.') || first.Contains(':') || first == "localhost";
        var path = hasHost ? repository[(slash + 1)..] : repository;
        var host = hasHost ? first : "docker.io";
        if (host == "index.docker.io")
            host = "docker.io";
        return host == "docker.io" && !path.Contains('/') ? $"docker.io/library/{path}" : $"{host}/{path}";
    }
}
