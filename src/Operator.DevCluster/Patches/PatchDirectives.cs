using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>What a strategic merge patch says beside values.</summary>
internal static class PatchDirectives
{
    public const string Patch = "$patch";
    public const string SetElementOrder = "$setElementOrder/";
    public const string DeleteFromPrimitiveList = "$deleteFromPrimitiveList/";
    private const string RetainKeysDirective = "$retainKeys";

    public static StatusException BadOrder => Bad("invalid patch format of setElementOrder list");

    /// <summary>A map that replaces the one it patches, or empties it.</summary>
    public static JsonObject OfMap(JsonObject patch)
    {
        string directive = patch[Patch]?.ToString() ?? "";
        patch.Remove(Patch);
        return directive switch
        {
            "replace" => patch,
            "delete" => [],
            _ => throw new StatusException(ApiStatus.InternalError($"unknown patch type: {directive}")),
        };
    }

    /// <summary>Removes what the directive does not name.</summary>
    public static void RetainKeys(JsonObject original, JsonObject patch)
    {
        if (!patch.Remove(RetainKeysDirective, out var directive))
            return;
        if (directive is not JsonArray list)
            throw Bad("invalid patch format of retainKeys");
        HashSet<string> retained = [.. list.Select(k => k?.ToString() ?? "")];
        if (patch.Any(m => m.Value is not null && !m.Key.StartsWith('$') && !retained.Contains(m.Key)))
            throw Bad("invalid patch format of retainKeys");
        foreach (string key in original.Select(m => m.Key).Where(k => !retained.Contains(k)).ToList())
            original.Remove(key);
    }

    public static void DeleteFrom(JsonNode? original, JsonNode? deleted)
    {
        if (deleted is not JsonArray values)
            throw Bad("invalid patch format of primitive list");
        if (original is not JsonArray list)
            return;
        for (int index = list.Count - 1; index >= 0; index--)
        {
            if (values.Any(v => JsonNode.DeepEquals(v, list[index])))
                list.RemoveAt(index);
        }
    }

    /// <summary>Sets what is new, which may have directives in it that have nothing to act on.</summary>
    public static void Set(JsonObject original, string key, JsonNode value)
    {
        if (value is JsonObject map && map.ContainsKey(Patch))
            original.Remove(key);
        else
            original[key] = Stripped(value);
    }

    /// <summary>A value without the directives, and nulls, in it.</summary>
    public static JsonNode? Stripped(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (key, member) in map.ToList())
                {
                    if (member is null || (member is JsonObject nested && nested.ContainsKey(Patch)))
                        map.Remove(key);
                    else
                        Stripped(member);
                }
                break;
            case JsonArray list:
                foreach (var item in list.ToList())
                {
                    if (item is JsonObject nested && nested.ContainsKey(Patch))
                        list.Remove(item);
                    else
                        Stripped(item);
                }
                break;
        }
        return value;
    }

    private static StatusException Bad(string why) => new(ApiStatus.BadRequest(why));
}
