using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>create and update.</summary>
internal sealed class Writing(ObjectRegistry registry, Authorizer authorizer, Func<string, string>? admittedImage)
{
    public ApiResponse Create(ApiRequest request)
    {
        var json = request.RequireObject().Clone();
        Place(json, request);
        if (admittedImage is not null && request is { Group: "", Resource: "pods" })
        {
            foreach (var container in json.Items("spec", "initContainers").Concat(json.Items("spec", "containers")))
                container["image"] = admittedImage(container.Text("image") ?? "");
        }
        return Create(request, json);
    }

    public ApiResponse Update(ApiRequest request)
    {
        var body = request.RequireObject();
        if (body.Name.Length == 0)
            throw new StatusException(ApiStatus.BadRequest("name must be provided"));
        if (body.Name != request.Name)
            throw new StatusException(ApiStatus.BadRequest($"the name of the object ({body.Name}) does not match the name on the URL ({request.Name})"));
        ObjectName name = new(request.Namespace, request.Name);
        if (request.Target.AllowsCreateOnUpdate && request.Subresource.Length == 0 && registry.Store.Get(request.Target.StorageKey, name) is null)
            return CreateOnUpdate(request);
        var options = RequestOptions.Write(request);
        return ApiResponse.Of(200, registry.Update(request.Target, name, current => Replace(request, body, current), options));
    }

    private ApiResponse Create(ApiRequest request, JsonObject json) =>
        ApiResponse.Of(201, registry.Create(request.Target, json, RequestOptions.Write(request)));

    /// <summary>Whatever version it is said to replace, there is none. An update that creates is both.</summary>
    private ApiResponse CreateOnUpdate(ApiRequest request)
    {
        authorizer.Require(request.User, AccessAttributes.Of(request) with { Verb = "create" });
        var json = request.RequireObject().Clone();
        Place(json, request);
        RequireUid(request, json, current: "");
        json.EnsureMetadata().Remove("resourceVersion");
        return Create(request, json);
    }

    private static JsonObject Replace(ApiRequest request, JsonObject body, JsonObject current)
    {
        var json = body.Clone();
        Place(json, request);
        RequireUid(request, json, current.Uid);
        if (json.ResourceVersion.Length == 0 && !request.Target.AllowsUnconditionalUpdate)
        {
            throw new StatusException(ApiStatus.Invalid(
                request.Group, request.Resource, request.Name,
                [StatusCause.Invalid("metadata.resourceVersion", "0", "must be specified for an update")]));
        }
        return json;
    }

    private static void RequireUid(ApiRequest request, JsonObject json, string current)
    {
        if (json.Uid is { Length: > 0 } uid && uid != current)
        {
            throw new StatusException(ApiStatus.Conflict(
                request.Target.GroupResource, request.Name,
                $"StorageError: invalid object, Code: 4, Key: {StorageKey(request)}, ResourceVersion: 0, " +
                $"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {current}"));
        }
    }

    private static string Untyped(JsonObject json, ResourceDefinition resource)
    {
        string text = json.ToJsonString(JsonText.Options), missing = json.Kind.Length == 0 ? "Kind" : "apiVersion";
        return $"the object provided is unrecognized (must be of type {resource.Kind}): Object '{missing}' is missing in '{text}' ({text[..Math.Min(30, text.Length)]} ...)";
    }

    /// <summary>Where a kube-apiserver keeps it in etcd, which it tells when it refuses an update.</summary>
    private static string StorageKey(ApiRequest request) => "/registry" + string.Concat(
        new[] { request.Target.IsCustom ? request.Group : "", request.Resource, request.Namespace, request.Name }.Where(p => p.Length > 0).Select(p => $"/{p}"));

    /// <summary>The body must be of the kind and in the namespace that the path says; it may leave them out.</summary>
    internal static void Place(JsonObject json, ApiRequest request)
    {
        MetadataValidation.RequireTypes(json);
        var resource = request.Target;
        // Without types of its own the server does not know what a body is that does not say so.
        if (resource.IsCustom && (json.Kind.Length == 0 || json.ApiVersion.Length == 0))
            throw new StatusException(ApiStatus.BadRequest(Untyped(json, resource)));
        string apiVersion = json.Text("apiVersion") ?? resource.GroupVersion, kind = json.Text("kind") ?? resource.Kind;
        if (apiVersion != resource.GroupVersion || kind != resource.Kind)
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"the API version in the data ({apiVersion}, Kind={kind}) does not match the expected API version ({resource.GroupVersion}, Kind={resource.Kind})"));
        }
        json["apiVersion"] = resource.GroupVersion;
        json["kind"] = resource.Kind;
        var metadata = json.EnsureMetadata();
        if (request.Namespace.Length == 0)
            metadata.Remove("namespace");
        else if (json.Namespace.Length > 0 && json.Namespace != request.Namespace)
            throw new StatusException(ApiStatus.BadRequest("the namespace of the provided object does not match the namespace sent on the request"));
        else
            metadata["namespace"] = request.Namespace;
    }
}
