using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>The content types of a PATCH.</summary>
internal static class PatchType
{
    public const string Json = "application/json-patch+json";
    public const string Merge = "application/merge-patch+json";
    public const string StrategicMerge = "application/strategic-merge-patch+json";
    public const string Apply = "application/apply-patch+yaml";

    /// <summary>
    /// Custom resources have no types that a strategic merge patch could follow. Requests for builtin ones are refused
    /// by the server's router, which does not say what it takes.
    /// </summary>
    public static void Require(string contentType, ResourceDefinition resource)
    {
        if (contentType is Json or Merge or Apply || (contentType == StrategicMerge && !resource.IsCustom))
            return;
        throw new StatusException(resource.IsCustom
            ? ApiStatus.UnsupportedMediaType($"{Json}, {Merge}, {Apply}")
            : ApiStatus.UnsupportedMediaType("") with { Message = "415: Unsupported Media Type" });
    }

    /// <summary>Applies a patch of any type but <see cref="Apply"/> to an object, which it changes.</summary>
    public static JsonObject Patch(this JsonObject json, string contentType, JsonNode? patch, FieldType type) => contentType switch
    {
        Json => JsonPatch.Apply(json, patch),
        Merge => MergePatch.Apply(json, patch),
        _ => StrategicMergePatch.Apply(json, patch, type),
    };
}
