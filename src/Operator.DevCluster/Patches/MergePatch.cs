using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>JSON Merge Patch (RFC 7386): objects are merged, null removes, everything else replaces.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject document, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            throw new StatusException(ApiStatus.BadRequest("Invalid JSON Patch"));
        Merge(document, changes);
        return document;
    }

    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (key, value) in changes)
        {
            if (value is null)
                target.Remove(key);
            else if (value is JsonObject nested)
                Merge(target.Ensure(key), nested);
            else
                target[key] = value.DeepClone();
        }
    }
}
