using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Server;

/// <summary>
/// Plain HTTP on a port of its own on the loopback interface. Every request is made to fail where a test wants it, answered, and logged.
/// </summary>
internal sealed class ApiFront : IAsyncDisposable
{
    private readonly WebApplication app;

    public ApiFront()
    {
        // The empty builder reads no configuration files, so that nothing watches them: inotify is scarce.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public RequestLog Requests { get; } = new();
    public Faults Faults { get; } = new();
    public Uri Address { get; private set; } = new("http://127.0.0.1");
    public CancellationToken Stopping => app.Lifetime.ApplicationStopping;

    public required TimeProvider Time { get; init; }

    /// <summary>The kinds that are served here; null where another server knows them.</summary>
    public ResourceCatalog? Catalog { get; init; }

    /// <summary>Answers a request whose body has been read.</summary>
    public required Func<HttpContext, ApiRequest, Task<ApiResponse>> Answer { get; init; }

    public async Task StartAsync(CancellationToken cancellation)
    {
        await app.StartAsync(cancellation);
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        Address = new(addresses.Addresses.First());
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }

    /// <summary>Every request: the answer, the audit log, and nothing at all where a fault drops the connection.</summary>
    private async Task HandleAsync(HttpContext http)
    {
        var request = RequestReader.Read(http, Catalog, Time.GetUtcNow());
        try
        {
            await HandleAsync(http, request);
        }
        finally
        {
            // Of one whose client went away, too.
            Requests.End(request);
        }
    }

    private async Task HandleAsync(HttpContext http, ApiRequest request)
    {
        var response = await AnswerAsync(http, request);
        if (response is { IsStream: false })
            response = await RecordAsync(request, response);
        if (response is null)
        {
            http.Abort();
            return;
        }
        foreach (string warning in request.Warnings)
            http.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");
        await SendAsync(http, response, http.RequestAborted);
        if (response.IsStream)
            Record(request, response);
    }

    private async Task<ApiResponse?> AnswerAsync(HttpContext http, ApiRequest request)
    {
        try
        {
            request.Body = await RequestBodies.ReadAsync(http.Request, http.RequestAborted);
            if (Faults.Before is { } before && await before(request) is { } fault)
                return fault.Response;
            Requests.Begin(request);
            return await Answer(http, request);
        }
        catch (StatusException refused)
        {
            return ApiResponse.Of(refused.Status);
        }
        catch (Exception bug) when (bug is not OperationCanceledException and not ConnectionResetException)
        {
            // As a kube-apiserver answers a panic: the client shall see what is wrong here.
            return ApiResponse.Of(ApiStatus.InternalError(bug.ToString()));
        }
    }

    private async Task<ApiResponse?> RecordAsync(ApiRequest request, ApiResponse response)
    {
        Record(request, response);
        return Faults.After is { } after && await after(request) is { } fault ? fault.Response : response;
    }

    private void Record(ApiRequest request, ApiResponse response)
    {
        request.ResponseCode = response.Code;
        request.ResponseObject = response.Object;
        Requests.Add(request);
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
