using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Server-side apply: changes the object, or creates it.</summary>
internal sealed class Applying(ObjectRegistry registry, Authorizer authorizer, TimeProvider time)
{
    public ApiResponse Apply(ApiRequest request)
    {
        var resource = request.Target;
        var options = RequestOptions.Write(request) with { IsApply = true };
        ServerSideApply apply = new(Configuration(request), new(request.FieldManager, FieldManager.Apply, resource.GroupVersion, request.Subresource), resource.FieldType, time)
        {
            Force = request.Flag("force"),
            Writes = field => request.Subresource == "status" ? field == "status" : field != "status" || !resource.HasStatus,
        };
        ObjectName key = new(request.Namespace, request.Name);
        while (true)
        {
            if (request.Subresource.Length > 0 || registry.Store.Get(resource.StorageKey, key) is not null)
            {
                var updated = registry.Update(
                    resource, key, current => Patching.Patched(apply.Apply(current), request, resource.GroupVersion, resource.Kind), options);
                return request.Subresource == "scale" ? ApiResponse.Of(200, Scaling.Of(updated.Json, resource)) : ApiResponse.Of(200, updated);
            }
            if (Create(request, apply, options) is { } created)
                return ApiResponse.Of(201, created);
        }
    }

    /// <returns>Null if somebody else has created it meanwhile.</returns>
    private StoredObject? Create(ApiRequest request, ServerSideApply apply, WriteOptions options)
    {
        // A patch that creates is both.
        authorizer.Require(request.User, AccessAttributes.Of(request) with { Verb = "create" });
        var json = apply.Apply([]);
        var metadata = json.EnsureMetadata();
        metadata.Default("name", request.Name);
        if (request.Namespace.Length > 0)
            metadata.Default("namespace", request.Namespace);
        Patching.Patched(json, request, request.Target.GroupVersion, request.Target.Kind);
        if (json.Uid is { Length: > 0 } uid)
        {
            throw new StatusException(ApiStatus.Conflict(
                request.Target.GroupResource, request.Name,
                $"uid mismatch: the provided object specified uid {uid}, and no existing object was found"));
        }
        try
        {
            return registry.Create(request.Target, json, options);
        }
        catch (StatusException refused) when (refused.Status.Reason == "AlreadyExists")
        {
            return null;
        }
    }

    /// <summary>What the body configures, in terms of the object itself.</summary>
    private static JsonObject Configuration(ApiRequest request)
    {
        var body = request.RequireObject();
        var resource = request.Target;
        if (request.Subresource == "scale")
            return Scaling.Configuration(body, resource);
        if (body.ApiVersion != resource.GroupVersion || body.Kind != resource.Kind)
            throw new StatusException(ApiStatus.BadRequest($"invalid object type: {GroupVersionKind.Of(body)}"));
        return body.Metadata?["managedFields"] is null
            ? body
            : throw new StatusException(ApiStatus.BadRequest("metadata.managedFields must be nil"));
    }
}
