using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// One resource of the API and how its JSON is read: usually into a trimmed type, so that a cache of thousands stays small.
/// The core group is the empty string.
/// </summary>
public sealed record ResourceKind<T>(string Group, string Version, string Plural, bool Namespaced, JsonTypeInfo<T> Json)
    where T : class, IMetadata<V1ObjectMeta>
{
    /// <summary>The path of the collection, in one namespace or (null or empty) across all of them.</summary>
    public string CollectionPath(string? ns)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return Namespaced && !string.IsNullOrEmpty(ns)
            ? $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}"
            : $"{root}/{Plural}";
    }

    public string ObjectPath(ObjectKey key, string? subresource = null) =>
        $"{CollectionPath(key.Namespace)}/{Uri.EscapeDataString(key.Name)}{(subresource is null ? "" : "/" + subresource)}";
}
