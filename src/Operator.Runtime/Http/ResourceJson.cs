using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// Reads a type through a source-generated context without the parts of metadata that no controller needs:
/// managedFields alone is often half of an object.
/// <code>ResourceJson.Trimmed&lt;Pod&gt;(ClusterJson.Default)</code>
/// </summary>
public static class ResourceJson
{
    /// <summary>One for all types of a context: each knows how to read metadata, and there are dozens.</summary>
    private static readonly ConcurrentDictionary<(JsonSerializerContext, Action<JsonTypeInfo>?), JsonSerializerOptions> Options = new();

    /// <param name="context">How the type is read and written.</param>
    /// <param name="modifier">Changes how the types of the context are read or written; a method, not a lambda, so that options are shared.</param>
    public static JsonTypeInfo<T> Trimmed<T>(JsonSerializerContext context, Action<JsonTypeInfo>? modifier = null) =>
        (JsonTypeInfo<T>)Options.GetOrAdd((context, modifier), Trim).GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Trim((JsonSerializerContext Context, Action<JsonTypeInfo>? Modifier) of) => new(of.Context.Options)
    {
        TypeInfoResolver = ((IJsonTypeInfoResolver)of.Context).WithAddedModifier(DropUnreadMetadata).WithAddedModifier(of.Modifier ?? (_ => { })),
        Converters = { new SharedStrings() },
    };

    private static void DropUnreadMetadata(JsonTypeInfo info)
    {
        if (info.Type != typeof(V1ObjectMeta))
            return;
        for (var i = info.Properties.Count - 1; i >= 0; i--)
        {
            if (info.Properties[i].Name is "managedFields" or "selfLink")
                info.Properties.RemoveAt(i);
        }
    }
}
