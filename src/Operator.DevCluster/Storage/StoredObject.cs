using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Storage;

/// <summary>One version of one object: frozen, serialized once, its bytes shared by every reader and watcher.</summary>
public sealed class StoredObject(JsonObject json, long revision)
{
    private Serialized? serialized;

    private sealed record Serialized(byte[] Bytes, int AfterTypeMeta);

    public JsonObject Json { get; } = json;
    public long Revision { get; } = revision;
    public ObjectName Name { get; } = new(json.Namespace, json.Name);

    /// <summary>The whole object, <c>kind</c> and <c>apiVersion</c> first.</summary>
    public ReadOnlyMemory<byte> Bytes => Serialize().Bytes;

    /// <summary>What follows <c>{"kind":…,"apiVersion":…,</c>: typed lists leave these two out of their items.</summary>
    public ReadOnlyMemory<byte> BytesAfterTypeMeta => Serialize().Bytes.AsMemory(Serialize().AfterTypeMeta);

    /// <summary>This content at a later revision: what a watcher gets to see of an object that ceased to match.</summary>
    public StoredObject At(long later)
    {
        var copy = Json.Clone();
        copy.EnsureMetadata()["resourceVersion"] = later.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new(copy, later);
    }

    private Serialized Serialize()
    {
        if (serialized is { } done)
            return done;
        using MemoryStream buffer = new(2048);
        using Utf8JsonWriter writer = new(buffer, JsonText.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("kind", Json.Kind);
        writer.WriteString("apiVersion", Json.ApiVersion);
        writer.Flush();
        int afterTypeMeta = (int)buffer.Length + 1;
        foreach (var (key, value) in Json)
        {
            if (key is "kind" or "apiVersion")
                continue;
            writer.WritePropertyName(key);
            if (value is null)
                writer.WriteNullValue();
            else
                value.WriteTo(writer);
        }
        writer.WriteEndObject();
        writer.Flush();
        return serialized = new(buffer.ToArray(), afterTypeMeta);
    }
}

/// <summary>The key of an object within its resource. Cluster-scoped objects have an empty namespace.</summary>
public readonly record struct ObjectName(string Namespace, string Name) : IComparable<ObjectName>
{
    public int CompareTo(ObjectName other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is var order and not 0 ? order : string.CompareOrdinal(Name, other.Name);

    public static bool operator <(ObjectName left, ObjectName right) => left.CompareTo(right) < 0;
    public static bool operator >(ObjectName left, ObjectName right) => left.CompareTo(right) > 0;
    public static bool operator <=(ObjectName left, ObjectName right) => left.CompareTo(right) <= 0;
    public static bool operator >=(ObjectName left, ObjectName right) => left.CompareTo(right) >= 0;

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
