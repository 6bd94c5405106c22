namespace Operator.DevCluster.Images;

/// <summary>An image reference as containerd understands it, the defaults of Docker filled in.</summary>
public sealed record ImageName(string Repository, string? Tag, string? Digest)
{
    public static ImageName Parse(string reference)
    {
        var (rest, digest) = Split(reference, '@');
        int colon = rest.IndexOf(':', rest.LastIndexOf('/') + 1);
        var (path, tag) = colon < 0 ? (rest, digest is null ? "latest" : null) : (rest[..colon], rest[(colon + 1)..]);
        return new(Canonical(path), tag, digest);
    }

    /// <summary><c>nginx</c> is <c>docker.io/library/nginx</c>.</summary>
    public static string Canonical(string repository)
    {
        int slash = repository.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return $"docker.io/library/{repository}";
        string host = repository[..slash];
        return host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal) || host == "localhost"
            ? repository
            : $"docker.io/{repository}";
    }

    /// <summary>The reference as the runtime reports it. Where there is a digest, the tag says nothing.</summary>
    public override string ToString() => Digest is null ? $"{Repository}:{Tag}" : $"{Repository}@{Digest}";

    private static (string Before, string? After) Split(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, null);
}
