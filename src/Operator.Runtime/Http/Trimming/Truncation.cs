using k8s.Models;

namespace Operator.Runtime;

/// <summary>Marks an object of a cache of which something was left out that decisions read.</summary>
public static class Truncation
{
    /// <summary>Not a valid annotation, so that no API server can have sent it.</summary>
    private const string Mark = "(truncated)";

    /// <summary>Whether labels, containers, selectors or the like were left out. A decision reads the object alone, or treats what it does not see as unknown.</summary>
    public static bool IsTruncated(this V1ObjectMeta metadata) => metadata.Annotations?.ContainsKey(Mark) is true;

    internal static void SetTruncated(this V1ObjectMeta metadata) => (metadata.Annotations ??= new Dictionary<string, string>())[Mark] = "";
}
