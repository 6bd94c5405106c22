using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Authentication;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Discovery;
using Operator.DevCluster.Endpoints;
using Operator.DevCluster.Lifecycle;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Server;

/// <summary>The embedded kube-apiserver, everything in memory.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly ApiFront front;
    private readonly ResourceEndpoints resources;
    private readonly DiscoveryEndpoints discovery;
    private readonly LifecycleLoop lifecycle;
    private readonly Authorizer authorizer;
    private readonly Authenticator authenticator;

    private ApiServer(EmbeddedClusterOptions options)
    {
        Store = new(options.WatchHistory);
        Catalog = new(Store);
        Registry = new(Store, options.Time);
        ObjectDeletion deletion = new(Registry, options.Time);
        discovery = new(Catalog);
        lifecycle = new(Registry, deletion, Catalog);
        authorizer = new(Store);
        ServiceAccountTokens tokens = new(Store, options.Time);
        authenticator = new(tokens, authorizer);
        front = new() { Time = options.Time, Catalog = Catalog, Answer = (http, request) => Task.FromResult(Answer(http, request)) };
        resources = new(Registry, deletion, Logs, options, authorizer, tokens, front.Stopping);
    }

    public RequestLog Requests => front.Requests;
    public Faults Faults => front.Faults;
    public LogStore Logs { get; } = new();
    public ObjectStore Store { get; }
    public Uri Address => front.Address;

    internal ResourceCatalog Catalog { get; }
    internal ObjectRegistry Registry { get; }

    public static async Task<ApiServer> StartAsync(EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        ApiServer server = new(options);
        await server.front.StartAsync(cancellation);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await front.DisposeAsync();
        await lifecycle.DisposeAsync();
    }

    private ApiResponse Answer(HttpContext http, ApiRequest request)
    {
        request.User = authenticator.Authenticate(http.Request.Headers);
        authorizer.Require(request.User, AccessAttributes.Of(request));
        return request.Resource.Length == 0 ? discovery.Answer(request) : resources.Handle(request);
    }
}
