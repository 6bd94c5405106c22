using k8s.Models;

namespace Operator.Runtime;

/// <summary>The namespace and name of an object; the namespace is empty for cluster-scoped ones.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public static ObjectKey Of(V1ObjectMeta metadata) => new(metadata.NamespaceProperty ?? "", metadata.Name);

    /// <summary>The reverse of <see cref="ToString"/>.</summary>
    public static ObjectKey Parse(string text) =>
        text.IndexOf('/') is var slash and >= 0 ? new(text[..slash], text[(slash + 1)..]) : new("", text);

    public override string ToString() => Namespace is { Length: > 0 } ? $"{Namespace}/{Name}" : Name;
}
