namespace Operator.Domain.Trust;

/// <summary>
/// An image as a template names it: [host[:port]/]path[:tag][@digest]. <see cref="Repository"/> is as written;
/// <see cref="CanonicalRepository"/> is the one form by which names are compared. The admission policies of config/admission state the
/// same form in CEL (decision 0033), and one table of cases is run through both.
/// </summary>
public sealed record ImageReference
{
    /// <summary>The longest name that is read, in characters.</summary>
    public const int MaxLength = 512;

    private const string DockerHub = "docker.io";

    private ImageReference(string repository, string? tag, string? digest, string? canonical) =>
        (Repository, Tag, Digest, CanonicalRepository) = (repository, tag, digest, canonical);

    /// <summary>What is written before tag and digest.</summary>
    public string Repository { get; }

    /// <summary>The tag as written; null without one.</summary>
    public string? Tag { get; }

    /// <summary>The digest as written; null without one.</summary>
    public string? Digest { get; private init; }

    /// <summary>The repository with its defaults filled in; null where the name cannot be read.</summary>
    public string? CanonicalRepository { get; }

    /// <summary>No runtime pulls a name that cannot be read: it is never trusted, never pinned and nothing is pinned in its place.</summary>
    public bool IsReadable => CanonicalRepository is not null;

    /// <summary>The digest that can be compared with lists: sha256 of a name that can be read.</summary>
    public string? JudgedDigest => IsReadable && Digest is ['s', 'h', 'a', '2', '5', '6', ':', ..] ? Digest : null;

    /// <summary>The tag that counts: a name without tag and digest means latest.</summary>
    public string? EffectiveTag => Tag ?? (Digest is null ? "latest" : null);

    /// <summary>The same image by digest. The tag is kept, for people and for a later pin; with a digest a runtime ignores it.</summary>
    public ImageReference At(string digest) => this with { Digest = digest };

    /// <summary>The name as it was written.</summary>
    public override string ToString() => $"{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    /// <summary>Reads a name. One that is malformed is kept as it is, and has no canonical repository.</summary>
    public static ImageReference Parse(string text)
    {
        var name = text;
        string? digest = null, tag = null;
        if (name.IndexOf('@', StringComparison.Ordinal) is var at and >= 0)
            (name, digest) = (name[..at], name[(at + 1)..]);
        // A colon before the last slash is a port.
        if (name.LastIndexOf(':') is var colon and >= 0 && colon > name.LastIndexOf('/'))
            (name, tag) = (name[..colon], name[(colon + 1)..]);
        var readable = text.Length <= MaxLength && (tag is null || ImageName.IsTag(tag)) && (digest is null || ImageName.IsDigest(digest));
        return new(name, tag, digest, readable ? Normalize(name) : null);
    }

    /// <summary>The canonical form of a repository; null where it cannot be read.</summary>
    public static string? Canonical(string repository) => repository.Length <= MaxLength ? Normalize(repository) : null;

    private static string? Normalize(string repository)
    {
        var slash = repository.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : repository[..slash];
        var hasHost = first == "localhost" || first.Any(c => c is '.' or ':' || char.IsAsciiLetterUpper(c));
        var (host, path) = hasHost ? (first.ToLowerInvariant(), repository[(slash + 1)..]) : (DockerHub, repository);
        if (!ImageName.IsHost(host) || !ImageName.IsPath(path))
            return null;
        if (host.EndsWith(":443", StringComparison.Ordinal))
            host = host[..^4];
        if (host is "index.docker.io" or "registry-1.docker.io" or "registry.hub.docker.com")
            host = DockerHub;
        return host == DockerHub && !path.Contains('/', StringComparison.Ordinal) ? $"{DockerHub}/library/{path}" : $"{host}/{path}";
    }
}
