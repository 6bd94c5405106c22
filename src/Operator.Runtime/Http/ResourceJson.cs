using System.Text.Json;
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
    public static JsonTypeInfo<T> Trimmed<T>(System.Text.Json.Serialization.JsonSerializerContext context) =>
        (JsonTypeInfo<T>)new JsonSerializerOptions(context.Options)
        {
            TypeInfoResolver = ((IJsonTypeInfoResolver)context).WithAddedModifier(DropUnreadMetadata),
        }.GetTypeInfo(typeof(T));

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
