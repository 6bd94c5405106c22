using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Reads one object of a list or a watch.</summary>
internal static class ObjectReader
{
    /// <summary>
    /// With a name and a version, or it cannot be kept. One that has both and does not fit the type otherwise, such as one with a value
    /// that only a newer version knows, must not keep all others from being seen.
    /// </summary>
    public static T? Read<T>(ReadOnlySpan<byte> text, bool isTruncated, JsonTypeInfo<T> json, out UnreadableObject? unfit)
        where T : class, IMetadata<V1ObjectMeta>
    {
        unfit = null;
        try
        {
            if (JsonSerializer.Deserialize(text, json) is not { Metadata: { Name.Length: > 0, ResourceVersion.Length: > 0 } } value)
                throw new JsonException("an object without a name or a version");
            if (isTruncated)
                value.Metadata.SetTruncated();
            return value;
        }
        catch (Exception failure) when (IsUnreadable(failure) && text is [(byte)'{', ..])
        {
            if (JsonSerializer.Deserialize(text, RuntimeJson.Default.BareObject)?.Metadata is not { Name: { Length: > 0 } name, ResourceVersion: { Length: > 0 } version } metadata)
                throw;
            unfit = new(new(metadata.Namespace ?? "", name), version, failure.Message);
            return null;
        }
    }

    /// <summary>What System.Text.Json and the converters of a type throw at bytes they did not expect.</summary>
    public static bool IsUnreadable(Exception failure) => failure is JsonException or InvalidOperationException or FormatException or NotSupportedException;
}
