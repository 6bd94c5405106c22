using k8s.Models;

namespace Operator.Runtime;

/// <summary>The namespace and name of an object; the namespace is empty for cluster-scoped ones.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    private const int LongestNamespace = 63;
    private const int LongestName = 253;

    public static ObjectKey Of(V1ObjectMeta metadata) => new(metadata.NamespaceProperty ?? "", metadata.Name);

    /// <summary>
    /// The reverse of <see cref="ToString"/>, for text that anybody may have written, such as an annotation. Only what can name an object
    /// is a key: no empty, over-long or relative part, no other characters than those of a DNS name.
    /// </summary>
    public static bool TryParse(string? text, out ObjectKey key)
    {
        key = default;
        if (text is null || text.Length > LongestNamespace + 1 + LongestName)
            return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (ns, name) = slash < 0 ? ("", text) : (text[..slash], text[(slash + 1)..]);
        if ((slash >= 0 && (!IsName(ns, LongestNamespace) || ns.Contains('.', StringComparison.Ordinal))) || !IsName(name, LongestName))
            return false;
        key = new(ns, name);
        return true;
    }

    public override string ToString() => Namespace is { Length: > 0 } ? $"{Namespace}/{Name}" : Name;

    private static bool IsName(string text, int longest) =>
        text.Length > 0 && text.Length <= longest && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}
