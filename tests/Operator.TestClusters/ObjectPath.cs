namespace Operator.TestClusters;

/// <summary>What the path of a request names.</summary>
/// <param name="Namespace">The namespace that the object is in; null for what is in none, as a namespace itself.</param>
/// <param name="Object">The path of the object, or of the collection where it names no object.</param>
/// <param name="Name">The object's name, where it names one.</param>
/// <param name="Subresource">What of the object, where it is only a part.</param>
internal sealed record ObjectPath(string? Namespace, string Object, string? Name, string? Subresource)
{
    /// <summary>A question that is asked by POST.</summary>
    public bool IsReview => Object.Contains("reviews", StringComparison.Ordinal);

    /// <summary>Null for what is no resource.</summary>
    public static ObjectPath? Of(Uri uri)
    {
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var root = segments is ["api", ..] ? 2 : segments is ["apis", ..] ? 3 : int.MaxValue;
        if (segments.Length <= root)
            return null;
        var rest = segments[root..];
        if (rest is ["namespaces", var ns, not ("status" or "finalize"), ..])
            return new(ns, string.Join('/', segments), null, null);
        return new(null, string.Join('/', segments.Take(root + 2)), rest.ElementAtOrDefault(1), rest.ElementAtOrDefault(2));
    }
}
