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
    private JsonShape? shape;

    /// <summary>What lists and watches read of an object.</summary>
    public CachedFields Cached
    {
        get;
        init => (field, shape) = (value, null);
    } = CachedFields.All;

    internal JsonShape Shape => shape ??= JsonShape.Of(Json, Cached);

    /// <summary>The path of the collection, in one namespace or (null or empty) across all of them.</summary>
    /// <exception cref="ArgumentException">The namespace is no name: see <see cref="PathSegment"/>.</exception>
    public string CollectionPath(string? ns)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return Namespaced && !string.IsNullOrEmpty(ns)
            ? $"{root}/namespaces/{PathSegment.Escaped(ns)}/{Plural}"
            : $"{root}/{Plural}";
    }

    /// <exception cref="ArgumentException">The key names no object of this kind: see <see cref="CanHave"/>.</exception>
    public string ObjectPath(ObjectKey key, string? subresource = null) => CanHave(key)
        ? $"{CollectionPath(key.Namespace)}/{PathSegment.Escaped(key.Name)}{(subresource is null ? "" : "/" + subresource)}"
        : throw new ArgumentException($"\"{key}\" is no name of {Plural}", nameof(key));

    /// <summary>Whether an object of this kind can have this key. With any other one the path would be that of something else.</summary>
    public bool CanHave(ObjectKey key) => PathSegment.IsValid(key.Name) && (!Namespaced || PathSegment.IsValid(key.Namespace));
}
