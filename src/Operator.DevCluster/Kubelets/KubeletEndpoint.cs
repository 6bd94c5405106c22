using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Operator.DevCluster.Logs;
using Operator.Runtime;

namespace Operator.DevCluster.Kubelets;

/// <summary>Where a real API server fetches the logs that it is asked for: the kubelet's own <c>/containerLogs/{namespace}/{pod}/{container}</c>, over TLS.</summary>
internal sealed class KubeletEndpoint : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly X509Certificate2 certificate = SelfSigned();
    private readonly LogStore logs;
    private readonly Func<ObjectKey, string?> uidOf;
    private readonly TimeProvider time;

    /// <param name="logs">What the containers wrote.</param>
    /// <param name="uidOf">The UID of the pod that runs under a name.</param>
    /// <param name="time">The clock.</param>
    public KubeletEndpoint(LogStore logs, Func<ObjectKey, string?> uidOf, TimeProvider time)
    {
        (this.logs, this.uidOf, this.time) = (logs, uidOf, time);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()).Port;

    public Task StartAsync(CancellationToken cancellation) => app.StartAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        if (http.Request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) is not ["containerLogs", var ns, var pod, var container])
        {
            http.Response.StatusCode = 404;
            return;
        }
        LogQuery query = new(http.Request.Query, time);
        var log = uidOf(new(ns, pod)) is { } uid ? logs.Find(uid, container) : null;
        var run = query.Previous ? log?.Previous : log?.Current;
        if (run is null && query.Previous)
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync($"previous terminated container \"{container}\" in pod \"{pod}\" not found");
            return;
        }
        http.Response.ContentType = "text/plain";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, app.Lifetime.ApplicationStopping);
        if (query.Follow && run is not null)
            await query.FollowAsync(http, run, end.Token);
        else
            await http.Response.WriteAsync(query.Text(run), end.Token);
    }

    /// <summary>An API server does not verify the certificates of kubelets unless it is told to.</summary>
    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kubelet", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
