using System.Text.Json.Nodes;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>patch, of an object, its status or its scale.</summary>
internal sealed class Patching(ObjectRegistry registry, Scaling scaling)
{
    public const string Json = "application/json-patch+json";
    public const string Merge = "application/merge-patch+json";

    public ApiResponse Patch(ApiRequest request)
    {
        var change = Change(request);
        if (request.Subresource == "scale")
            return scaling.Update(request, scale => Patched(change(scale), request, "autoscaling/v1", "Scale"), Writing.Options(request));
        var updated = registry.Update(
            request.Target, new(request.Namespace, request.Name),
            current => Patched(change(current), request, request.Target.GroupVersion, request.Target.Kind), Writing.Options(request));
        return ApiResponse.Of(200, updated);
    }

    private static Func<JsonObject, JsonObject> Change(ApiRequest request) => request.ContentType switch
    {
        Json => current => JsonPatch.Apply(current, request.RequestBody),
        Merge => current => MergePatch.Apply(current, request.RequestBody),
        _ => throw new StatusException(ApiStatus.UnsupportedMediaType(string.Join(", ", Accepted(request)))),
    };

    private static IEnumerable<string> Accepted(ApiRequest request) => [Json, Merge];

    /// <summary>Whatever the patch made of the object, it still is the object that the path names.</summary>
    private static JsonObject Patched(JsonObject json, ApiRequest request, string apiVersion, string kind)
    {
        try
        {
            MetadataValidation.RequireTypes(json);
        }
        catch (StatusException undecodable)
        {
            throw Invalid(json, undecodable.Message);
        }
        if (json.ApiVersion != apiVersion || json.Kind != kind)
            throw Invalid(json, $"{json.Kind} in version \"{json.ApiVersion}\" cannot be handled as a {kind}");
        if (json.Namespace != request.Namespace)
            throw new StatusException(ApiStatus.BadRequest("the namespace of the provided object does not match the namespace sent on the request"));
        return json.Name == request.Name
            ? json
            : throw new StatusException(ApiStatus.BadRequest($"the name of the object ({json.Name}) does not match the name on the URL ({request.Name})"));
    }

    private static StatusException Invalid(JsonObject json, string why) =>
        new(ApiStatus.Invalid("", "", "", [StatusCause.Invalid("patch", json.ToJsonString(JsonText.Options), why)]));
}
