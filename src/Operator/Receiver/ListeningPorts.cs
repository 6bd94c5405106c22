using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Operator.Receiver;

/// <summary>
/// Where the operator listens. Without a certificate on one port for everything. With one the receiver has a port of its own with TLS,
/// and what the kubelet and Prometheus ask stays on the other, which then takes no findings.
/// </summary>
internal static class ListeningPorts
{
    public static void Configure(KestrelServerOptions kestrel, OperatorOptions options, ReceiverCertificate? certificate)
    {
        Listen(kestrel, options.Listen, _ => { });
        if (certificate is null)
            return;
        Listen(kestrel, options.TlsListen, port => port.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }),
        }));
    }

    /// <summary>Whether an address can be listened on: a scheme, an IP address or localhost, and a port.</summary>
    public static bool CanListen(string address, string scheme) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == scheme && url.PathAndQuery == "/" && (url.IsLoopback || IPAddress.TryParse(url.Host, out _));

    private static void Listen(KestrelServerOptions kestrel, string address, Action<ListenOptions> configure)
    {
        var url = new Uri(address);
        if (IPAddress.TryParse(url.Host, out var ip))
            kestrel.Listen(ip, url.Port, configure);
        else
            kestrel.ListenLocalhost(url.Port, configure);
    }
}
