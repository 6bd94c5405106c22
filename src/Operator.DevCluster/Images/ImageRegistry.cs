using System.Security.Cryptography;
using System.Text;

namespace Operator.DevCluster.Images;

/// <summary>All registries of the world that this cluster can reach: which digest a tag names at the moment, and what an image does when it runs.</summary>
/// <param name="pullsAnyImage">Whether what was never pushed has a digest too, derived from its name.</param>
public sealed class ImageRegistry(bool pullsAnyImage = false)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Repository, string Tag), string> tags = [];
    private readonly HashSet<(string Repository, string Digest)> pushed = [];
    private readonly Dictionary<string, ImageBehaviour> behaviours = [];

    /// <summary>Puts an image under a tag, as <c>docker push</c> does. The behaviour is that of the digest, whatever its tags.</summary>
    public void Push(string repository, string tag, string digest, ImageBehaviour? behaviour = null)
    {
        if (digest is not ['s', 'h', 'a', '2', '5', '6', ':', .. { Length: 64 } hex] || !hex.All(char.IsAsciiHexDigitLower))
            throw new ArgumentException($"{digest} is no sha256 digest", nameof(digest));
        lock (gate)
        {
            string name = ImageName.Canonical(repository);
            tags[(name, tag)] = digest;
            pushed.Add((name, digest));
            if (behaviour is not null)
                behaviours[digest] = behaviour;
        }
    }

    /// <summary>Moves a tag to another digest: how a tag is poisoned. What it named before can be pulled by its digest still.</summary>
    public void Repoint(string repository, string tag, string digest, ImageBehaviour? behaviour = null)
    {
        lock (gate)
        {
            if (!tags.ContainsKey((ImageName.Canonical(repository), tag)))
                throw new ArgumentException($"{repository}:{tag} was never pushed", nameof(tag));
        }
        Push(repository, tag, digest, behaviour);
    }

    /// <summary>The digest that <see cref="Push"/> may be given where no other is wanted.</summary>
    public static string DigestOf(string reference) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ImageName.Parse(reference).ToString())))}";

    /// <summary>The digest that a pull gets now; null if there is no such image.</summary>
    public string? Resolve(ImageName image)
    {
        lock (gate)
        {
            if (image.Digest is { } digest)
                return pullsAnyImage || pushed.Contains((image.Repository, digest)) ? digest : null;
            if (tags.TryGetValue((image.Repository, image.Tag!), out string? named))
                return named;
            return pullsAnyImage ? DigestOf(image.ToString()) : null;
        }
    }

    internal ImageBehaviour BehaviourOf(string digest)
    {
        lock (gate)
            return behaviours.GetValueOrDefault(digest) ?? new();
    }
}
