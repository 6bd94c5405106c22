using System.Globalization;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>Where a JSON pointer (RFC 6901) points: a member of an object or a position in a list, there or not yet.</summary>
internal readonly record struct JsonPatchPlace(JsonNode Parent, string Key)
{
    /// <summary>A kube-apiserver tells no more than this about an operation that fails.</summary>
    public static StatusException DoesNotApply => new(new(422, "Invalid", "the server rejected our request due to an error in our request"));

    public static JsonPatchPlace At(JsonObject document, string pointer)
    {
        string[] tokens = [.. pointer.Split('/').Select(Unescape)];
        if (tokens is not ["", _, ..])
            throw DoesNotApply;
        JsonNode parent = document;
        foreach (string token in tokens[1..^1])
            parent = new JsonPatchPlace(parent, token).Get() ?? throw DoesNotApply;
        return parent is JsonObject or JsonArray ? new(parent, tokens[^1]) : throw DoesNotApply;
    }

    /// <summary>What is there; fails if nothing is.</summary>
    public JsonNode? Get() => Parent switch
    {
        JsonObject map => map.TryGetPropertyValue(Key, out var value) ? value : throw DoesNotApply,
        JsonArray list => list[Index(list.Count - 1)],
        _ => throw DoesNotApply,
    };

    /// <summary>What is there; a member that is missing is like null, a position that is missing fails.</summary>
    public JsonNode? Find() => Parent is JsonObject map ? map[Key] : Get();

    public void Add(JsonNode? value)
    {
        if (Parent is JsonObject map)
            map[Key] = value;
        else if (Parent is JsonArray list)
            list.Insert(Key == "-" ? list.Count : Index(list.Count), value);
    }

    /// <summary>A member that is missing is added, as the kube-apiserver's library does it.</summary>
    public void Replace(JsonNode? value)
    {
        if (Parent is JsonObject map)
            map[Key] = value;
        else if (Parent is JsonArray list)
            list[Index(list.Count - 1)] = value;
    }

    public void Remove()
    {
        _ = Get();
        if (Parent is JsonObject map)
            map.Remove(Key);
        else if (Parent is JsonArray list)
            list.RemoveAt(Index(list.Count - 1));
    }

    /// <summary>The position that the key names; a negative one counts from the end, as the kube-apiserver's library has it.</summary>
    private int Index(int last)
    {
        if (!int.TryParse(Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
            throw DoesNotApply;
        if (index < 0)
            index += ((JsonArray)Parent).Count;
        return index >= 0 && index <= last ? index : throw DoesNotApply;
    }

    private static string Unescape(string token) => token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
