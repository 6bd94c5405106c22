using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.Runtime;

/// <summary>What of a JSON value is read: the fields of a type, found once from how the type is deserialized.</summary>
internal sealed class JsonShape
{
    public enum Sort
    {
        /// <summary>A string, a number, or what a converter reads in a form of its own.</summary>
        Value,
        Object,
        List,
        Map,
    }

    private readonly Dictionary<int, List<(byte[] Name, JsonShape Shape)>> fields = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>>? known;
    private readonly byte[]? prefix;
    private readonly bool knownOnly;

    private JsonShape(Sort kind, CachedFields limits, IReadOnlyDictionary<string, int>? known = null, bool knownOnly = false, string? prefix = null)
    {
        (Kind, Limits, this.knownOnly) = (kind, limits, knownOnly);
        this.prefix = prefix is null ? null : Encoding.UTF8.GetBytes(prefix);
        if (known is { Count: > 0 })
            this.known = new Dictionary<string, int>(known, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public Sort Kind { get; }

    public CachedFields Limits { get; }

    /// <summary>Of a list or map: the shape of what is in it.</summary>
    public JsonShape? Element { get; private set; }

    /// <summary>Text for people, which may be cut without anything being missing.</summary>
    public bool IsMessage { get; private init; }

    public static JsonShape Of(JsonTypeInfo info, CachedFields limits) => Of(info, limits, "", []);

    /// <summary>One event of a watch: an object of the type, or a Status.</summary>
    public static JsonShape OfEvent(JsonShape watched)
    {
        JsonShape text = new(Sort.Value, watched.Limits), shown = new(Sort.Object, watched.Limits), happened = new(Sort.Object, watched.Limits);
        foreach (var (name, shape) in watched.fields.Values.SelectMany(f => f))
            shown.Add(name, shape);
        foreach (var name in new[] { "code", "reason", "message" })
            shown.Add(Encoding.UTF8.GetBytes(name), text);
        happened.Add("type"u8.ToArray(), text);
        happened.Add("object"u8.ToArray(), shown);
        return happened;
    }

    /// <summary>The shape of what stands under a name, as it is written in JSON; null where it is not read.</summary>
    /// <param name="name">The name.</param>
    /// <param name="own">Of an entry that a map keeps by its name: how long its value may be. It takes no room from the others.</param>
    public JsonShape? Under(ReadOnlySpan<byte> name, out int? own)
    {
        own = Kind is Sort.Map && known is { } keys ? LimitOf(keys, name) : null;
        if (Kind is Sort.Map)
            return own is not null || !knownOnly || (prefix is not null && name.StartsWith(prefix)) ? Element : null;
        if (!fields.TryGetValue(name.Length, out var candidates))
            return null;
        foreach (var (field, shape) in candidates)
        {
            if (name.SequenceEqual(field))
                return shape;
        }
        return null;
    }

    private static int? LimitOf(Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> keys, ReadOnlySpan<byte> name)
    {
        const int Longest = 512;
        Span<char> text = stackalloc char[Longest];
        return name.Length <= Longest && Encoding.UTF8.TryGetChars(name, text, out var length) && keys.TryGetValue(text[..length], out var limit) ? limit : null;
    }

    private void Add(byte[] name, JsonShape shape)
    {
        if (Under(name, out _) is not null)
            return;
        if (!fields.TryGetValue(name.Length, out var same))
            fields[name.Length] = same = [];
        same.Add((name, shape));
    }

    private static JsonShape Of(JsonTypeInfo info, CachedFields limits, string path, HashSet<Type> within)
    {
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable when info.ElementType is { } element:
                return new(Sort.List, limits) { Element = Of(info.Options.GetTypeInfo(element), limits, path, within) };
            case JsonTypeInfoKind.Dictionary when info.ElementType is { } value:
                var isAnnotations = path == "metadata.annotations";
                var names = isAnnotations ? limits.Annotations : path == "metadata.labels" ? limits.Labels : null;
                return new(Sort.Map, limits, names, isAnnotations && names is not null, isAnnotations ? limits.AnnotationPrefix : null) { Element = Of(info.Options.GetTypeInfo(value), limits, path, within) };
            case JsonTypeInfoKind.Object when within.Add(info.Type):
                JsonShape shape = new(Sort.Object, limits);
                foreach (var property in info.Properties)
                {
                    var inner = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
                    if (limits.Without.Contains(inner))
                        continue;
                    if (property.CustomConverter is not null)
                    {
                        // It reads a form of its own, so all of it or nothing.
                        shape.Add(Encoding.UTF8.GetBytes(property.Name), new(Sort.Value, limits));
                        continue;
                    }
                    var type = info.Options.GetTypeInfo(property.PropertyType);
                    var name = Encoding.UTF8.GetBytes(JsonEncodedText.Encode(property.Name).ToString());
                    shape.Add(name, property.Name == "message" && type.Kind is JsonTypeInfoKind.None ? new(Sort.Value, limits) { IsMessage = true } : Of(type, limits, inner, within));
                }
                within.Remove(info.Type);
                return shape;
            default:
                // A type within itself is read as a converter's is: whole, within the limits.
                return new(Sort.Value, limits);
        }
    }
}
