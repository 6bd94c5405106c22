using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;

namespace Operator.Runtime;

/// <summary>
/// An authenticated connection to one API server. KubernetesClient finds the credentials; what is sent over it is this runtime's own.
/// Its client class is not made: every type of the API that it knows would be in memory.
/// </summary>
public sealed class KubernetesConnection : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri address;
    private readonly ServiceClientCredentials? credentials;
    private readonly string? tlsServerName;

    /// <param name="configuration">Where the API server is and who we are.</param>
    /// <param name="fieldManager">Named in every write, so that a person can tell who made a change.</param>
    /// <param name="handlers">Put before the transport, outermost first.</param>
    public KubernetesConnection(KubernetesClientConfiguration configuration, string fieldManager, params DelegatingHandler[] handlers)
    {
        // With a path it must end in a slash, or its last part would be left out.
        address = Uri.TryCreate($"{configuration.Host?.TrimEnd('/')}/", UriKind.Absolute, out var host) ? host : throw new KubeConfigException($"the API server's address \"{configuration.Host}\" is no URL");
        credentials = Kubernetes.CreateCredentials(configuration);
        tlsServerName = configuration.TlsServerName;
        // A watch lasts as long as it lasts: each request has a deadline of its own.
        http = new(Chain(handlers, Transport(configuration))) { Timeout = Timeout.InfiniteTimeSpan };
        FieldManager = fieldManager;
        // The library's own name, which it puts where there is none, says nothing to whoever reads an audit log.
        UserAgent = configuration.UserAgent is { } given && given != new KubernetesClientConfiguration().UserAgent ? given : fieldManager;
    }

    /// <summary>The clock of request deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string FieldManager { get; }

    private string UserAgent { get; }

    /// <summary>An explicit kubeconfig, else $KUBECONFIG or the default file, else the pod's service account.</summary>
    public static KubernetesClientConfiguration Locate(string? kubeconfig = null) =>
        kubeconfig is null ? KubernetesClientConfiguration.BuildDefaultConfig() : KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);

    /// <summary>Sends a request whose URI is relative to the API server's address.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        request.RequestUri = new Uri(address, request.RequestUri!);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        if (!string.IsNullOrEmpty(tlsServerName))
            request.Headers.Host = tlsServerName;
        await AuthenticateAsync(request, cancellation);
        return await http.SendAsync(request, completion, cancellation);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Token files, exec plugins and identity providers fail in ways of their own; all of them pass.</summary>
    private async Task AuthenticateAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            if (credentials is not null)
                await credentials.ProcessHttpRequestAsync(request, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new ApiUnavailableException($"no credentials: {failure.Message}", failure);
        }
    }

    [SuppressMessage("Security", "CA5359", Justification = "A kubeconfig may say insecure-skip-tls-verify, which kubectl takes, too.")]
    private static SocketsHttpHandler Transport(KubernetesClientConfiguration configuration)
    {
        // A connection that has died without a word is noticed while a watch says nothing.
        SocketsHttpHandler transport = new()
        {
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromMinutes(3),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
            EnableMultipleHttp2Connections = true,
        };
        if (configuration.SkipTlsVerify)
            transport.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        else if (configuration.SslCaCerts is { Count: > 0 } authorities)
            transport.SslOptions.CertificateChainPolicy = Trusting(authorities);
        if (ClientCertificate(configuration) is { } certificate)
            transport.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        configuration.FirstMessageHandlerSetup?.Invoke(transport);
        return transport;
    }

    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration)
    {
        static string? Pem(string? data, string? file) =>
            !string.IsNullOrEmpty(data) ? Encoding.UTF8.GetString(Convert.FromBase64String(data)) : !string.IsNullOrEmpty(file) ? File.ReadAllText(file) : null;
        return Pem(configuration.ClientCertificateData, configuration.ClientCertificateFilePath) is { } certificate
            && Pem(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath) is { } key
            ? X509Certificate2.CreateFromPem(certificate, key)
            : null;
    }

    /// <summary>The cluster's own authorities, and nobody else whom the machine trusts.</summary>
    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static HttpMessageHandler Chain(DelegatingHandler[] handlers, HttpMessageHandler transport)
    {
        var first = transport;
        foreach (var handler in handlers.Reverse())
            (handler.InnerHandler, first) = (first, handler);
        return first;
    }
}
