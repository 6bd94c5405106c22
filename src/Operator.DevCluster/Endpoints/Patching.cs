using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>patch, of an object, its status or its scale.</summary>
internal sealed class Patching(ObjectRegistry registry, Scaling scaling, Authorizer authorizer, TimeProvider time)
{
    private readonly Applying applying = new(registry, authorizer, time);

    public ApiResponse Patch(ApiRequest request)
    {
        PatchType.Require(request.ContentType, request.Target);
        if (request.ContentType == PatchType.Apply)
            return applying.Apply(request);
        if (request.Subresource == "scale")
        {
            var scaleType = BuiltinFieldType.OfKind("Scale");
            return scaling.Update(
                request, scale => Patched(scale.Patch(request.ContentType, request.RequestBody, scaleType), request, "autoscaling/v1", "Scale"),
                RequestOptions.Write(request));
        }
        var resource = request.Target;
        var updated = registry.Update(
            resource, new(request.Namespace, request.Name),
            current => Patched(current.Patch(request.ContentType, request.RequestBody, resource.FieldType), request, resource.GroupVersion, resource.Kind),
            RequestOptions.Write(request));
        return ApiResponse.Of(200, updated);
    }

    /// <summary>Whatever the patch made of the object, it still is the object that the path names.</summary>
    internal static JsonObject Patched(JsonObject json, ApiRequest request, string apiVersion, string kind)
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
