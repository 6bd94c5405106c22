using Operator.DevCluster.Authentication;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Sends a request to what answers its verb.</summary>
internal sealed class ResourceEndpoints
{
    private readonly ObjectRegistry registry;
    private readonly Reading reading;
    private readonly Watching watching;
    private readonly Writing writing;
    private readonly Patching patching;
    private readonly Deleting deleting;
    private readonly Scaling scaling;
    private readonly Binding binding;
    private readonly AccessReviews reviews;
    private readonly TokenRequests tokenRequests;
    private readonly Evicting evicting;
    private readonly PodLogs podLogs;

    public ResourceEndpoints(
        ObjectRegistry registry, ObjectDeletion deletion, LogStore logs, EmbeddedClusterOptions options, Authorizer authorizer, ServiceAccountTokens tokens,
        CancellationToken stopping)
    {
        this.registry = registry;
        reading = new(registry, options.Time);
        watching = new(registry.Store, options, stopping);
        writing = new(registry, authorizer, options.AdmittedImage);
        scaling = new(registry);
        patching = new(registry, scaling, authorizer, options.Time);
        deleting = new(reading, deletion);
        binding = new(registry, options.Time);
        reviews = new(authorizer);
        tokenRequests = new(registry, tokens, options.Time);
        evicting = new(registry, deletion, options.Time);
        podLogs = new(registry, logs, options.Time, stopping);
    }

    public ApiResponse Handle(ApiRequest request)
    {
        var resource = request.Target;
        if (request.Subresource is not "" && !resource.Serves(request.Subresource))
            throw new StatusException(ApiStatus.NoSuchPath);
        if (!resource.Strategy.IsStored && request.Verb != "create")
            throw new StatusException(ApiStatus.MethodNotAllowed);
        return (request.Verb, request.Subresource) switch
        {
            ("get", "" or "status" or "resize") => reading.Get(request),
            ("list", "") => reading.List(request),
            ("watch", "") => watching.Watch(request),
            ("create", "") when !resource.Strategy.IsStored => reviews.Create(request),
            ("create", "") => writing.Create(request),
            ("create", "token") => tokenRequests.Create(request),
            ("create", "binding") => binding.Create(request),
            ("create", "eviction") => evicting.Create(request),
            ("update", "" or "status" or "finalize" or "resize") => writing.Update(request),
            ("patch", "" or "status" or "scale" or "resize") => patching.Patch(request),
            ("delete", "") => deleting.Delete(request),
            ("deletecollection", "") => deleting.DeleteCollection(request),
            ("get", "scale") => scaling.Get(request),
            ("update", "scale") => scaling.Update(request, _ => request.RequireObject().Clone(), RequestOptions.Write(request)),
            ("get", "log") => podLogs.Get(request),
            (_, "exec" or "attach" or "portforward" or "ephemeralcontainers") => throw new StatusException(ApiStatus.NotImplemented(
                $"{request.Subresource} of pod \"{registry.Get(resource, new(request.Namespace, request.Name)).Json.Name}\": the containers of this cluster are simulated, no process runs in them")),
            _ => throw new StatusException(ApiStatus.MethodNotAllowed),
        };
    }
}
