using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Operator.Telemetry;

namespace Operator.Receiver;

/// <summary>
/// Where the operator listens. Without a certificate on one port for everything. With one the receiver has a port of its own with TLS,
/// and what the kubelet and Prometheus ask stays on the other, which then takes no findings. What one port holds never fills the other.
/// </summary>
internal static class ListeningPorts
{
    /// <summary>The most bytes of a connection that are received before they are read.</summary>
    public const int ReceivedAtOnce = 64 * 1024;

    /// <summary>A body above this breaks the connection.</summary>
    public const int MostBytesRead = 32 * 1024 * 1024;

    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(5);

    public static void Configure(KestrelServerOptions kestrel, OperatorOptions options, OperatorMetrics metrics, ReceiverCertificate? certificate)
    {
        Limit(kestrel.Limits, options);
        Listen(kestrel, options.Listen, options, metrics, _ => { });
        if (certificate is null)
            return;
        Listen(kestrel, options.TlsListen, options, metrics, port => port.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }),
            HandshakeTimeout = Handshake,
        }));
    }

    /// <summary>Whether an address can be listened on: a scheme, an IP address or localhost, and a port.</summary>
    public static bool CanListen(string address, string scheme) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == scheme && url.PathAndQuery == "/" && (url.IsLoopback || IPAddress.TryParse(url.Host, out _));

    /// <summary>What a connection holds, and for how long, before anybody has proved who it is.</summary>
    private static void Limit(KestrelServerLimits limits, OperatorOptions options)
    {
        // Never reached while the shares of the ports work: those that they close take a moment to go.
        limits.MaxConcurrentConnections = 4L * options.MaxConnections;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MaxRequestLineSize = 4 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestBodySize = MostBytesRead;
        limits.MaxRequestBufferSize = ReceivedAtOnce;
    }

    private static void Listen(KestrelServerOptions kestrel, string address, OperatorOptions options, OperatorMetrics metrics, Action<ListenOptions> configure)
    {
        ConnectionShares shares = new(options.MaxConnections, metrics);
        void Configure(ListenOptions port)
        {
            // One connection of HTTP/2 would be a hundred of those that are counted.
            port.Protocols = HttpProtocols.Http1;
            port.Use(next => connection => shares.HoldAsync(connection, next));
            configure(port);
        }
        var url = new Uri(address);
        if (IPAddress.TryParse(url.Host, out var ip))
            kestrel.Listen(ip, url.Port, Configure);
        else
            kestrel.ListenLocalhost(url.Port, Configure);
    }
}
