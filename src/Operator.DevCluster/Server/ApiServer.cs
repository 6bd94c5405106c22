using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Operator.DevCluster.Discovery;
using Operator.DevCluster.Endpoints;
using Operator.DevCluster.Lifecycle;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Server;

/// <summary>The embedded kube-apiserver: plain HTTP on a port of its own on the loopback interface, everything in memory.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly EmbeddedClusterOptions options;
    private readonly ResourceEndpoints resources;
    private readonly DiscoveryEndpoints discovery;
    private readonly LifecycleLoop lifecycle;

    private ApiServer(EmbeddedClusterOptions options)
    {
        this.options = options;
        Store = new(options.WatchHistory);
        Catalog = new(Store);
        discovery = new(Catalog);
        // The empty builder reads no configuration files, so that nothing watches them: inotify is scarce.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        app = builder.Build();
        Registry = new(Store, options.Time);
        Deletion = new(Registry, options.Time);
        lifecycle = new(Registry, Deletion, Catalog);
        resources = new(Registry, Deletion, Logs, options, app.Lifetime.ApplicationStopping);
        app.Run(HandleAsync);
    }

    public RequestLog Requests { get; } = new();
    public Faults Faults { get; } = new();
    public LogStore Logs { get; } = new();
    public ObjectStore Store { get; }
    internal ResourceCatalog Catalog { get; }
    internal ObjectRegistry Registry { get; }
    internal ObjectDeletion Deletion { get; }
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public static async Task<ApiServer> StartAsync(EmbeddedClusterOptions options, CancellationToken cancellation)
    {
        ApiServer server = new(options);
        await server.app.StartAsync(cancellation);
        var addresses = server.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        server.Address = new(addresses.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        await lifecycle.DisposeAsync();
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }

    /// <summary>Every request: what it asks for, faults, the answer, faults again, the audit log.</summary>
    private async Task HandleAsync(HttpContext http)
    {
        var cancellation = http.RequestAborted;
        var request = RequestReader.Read(http, Catalog, options.Time.GetUtcNow());
        ApiResponse response;
        try
        {
            request.Body = await RequestBodies.ReadAsync(http.Request, cancellation);
            if (Faults.Before is { } before && await before(request) is { } fault)
            {
                if (Fail(http, fault) is not { } failure)
                    return;
                response = failure;
            }
            else
                response = request.Resource.Length == 0 ? discovery.Answer(request) : resources.Handle(request);
        }
        catch (StatusException refused)
        {
            response = ApiResponse.Of(refused.Status);
        }
        catch (Exception bug) when (bug is not OperationCanceledException and not Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            // As a kube-apiserver answers a panic: the client shall see what is wrong here.
            response = ApiResponse.Of(ApiStatus.InternalError(bug.ToString()));
        }
        request.ResponseCode = response.Code;
        request.ResponseObject = response.Object;
        if (!response.IsStream)
        {
            Requests.Add(request);
            if (Faults.After is { } after && await after(request) is { } fault)
            {
                if (Fail(http, fault) is not { } failure)
                    return;
                response = failure;
            }
        }
        await SendAsync(http, response, cancellation);
        if (response.IsStream)
            Requests.Add(request);
    }

    private static ApiResponse? Fail(HttpContext http, Fault fault)
    {
        if (fault is Fault.Respond respond)
            return ApiResponse.Of(respond.Status);
        http.Abort();
        return null;
    }

    private static async Task SendAsync(HttpContext http, ApiResponse response, CancellationToken cancellation)
    {
        http.Response.StatusCode = response.Code;
        http.Response.ContentType = response.ContentType;
        if (response.Object?["details"]?["retryAfterSeconds"] is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString();
        try
        {
            await response.WriteBody(http, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The client went away, as watchers do.
        }
    }
}
