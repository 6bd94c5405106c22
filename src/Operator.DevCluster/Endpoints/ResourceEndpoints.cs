using Operator.DevCluster.Authentication;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Sends a request to what answers its verb.</summary>
internal sealed class ResourceEndpoints(
    ObjectRegistry registry, ObjectDeletion deletion, LogStore logs, EmbeddedClusterOptions options, Authorizer authorizer, ServiceAccountTokens tokens,
    CancellationToken stopping)
{
    private readonly Reading reading = new(registry, options.Time);
    private readonly Watching watching = new(registry.Store, options, stopping);
    private readonly Writing writing = new(registry);
    private readonly Patching patching = new(registry, new(registry), authorizer, options.Time);
    private readonly Deleting deleting = new(registry, deletion);
    private readonly Scaling scaling = new(registry);
    private readonly Binding binding = new(registry, options.Time);
    private readonly AccessReviews reviews = new(authorizer);
    private readonly TokenRequests tokenRequests = new(registry, tokens, options.Time);
    private readonly PodLogs podLogs = new(registry, logs, options.Time, stopping);

    public ApiResponse Handle(ApiRequest request)
    {
        var resource = request.Target;
        if (request.Subresource is not "" && !resource.Serves(request.Subresource))
            throw new StatusException(ApiStatus.NoSuchPath);
        if (!resource.Strategy.IsStored && request.Verb != "create")
            throw new StatusException(ApiStatus.MethodNotAllowed);
        return (request.Verb, request.Subresource) switch
        {
            ("get", "" or "status") => reading.Get(request),
            ("list", "") => reading.List(request),
            ("watch", "") => watching.Watch(request),
            ("create", "") when !resource.Strategy.IsStored => reviews.Create(request),
            ("create", "") => writing.Create(request),
            ("create", "token") => tokenRequests.Create(request),
            ("create", "binding") => binding.Create(request),
            ("update", "" or "status" or "finalize") => writing.Update(request),
            ("patch", "" or "status" or "scale") => patching.Patch(request),
            ("delete", "") => deleting.Delete(request),
            ("deletecollection", "") => deleting.DeleteCollection(request),
            ("get", "scale") => scaling.Get(request),
            ("update", "scale") => scaling.Update(request, _ => request.RequireObject().Clone(), Writing.Options(request)),
            ("get", "log") => podLogs.Get(request),
            _ => throw new StatusException(ApiStatus.MethodNotAllowed),
        };
    }
}
