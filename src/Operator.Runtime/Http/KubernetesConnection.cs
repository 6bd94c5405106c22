using k8s;

namespace Operator.Runtime;

/// <summary>
/// An authenticated connection to one API server. KubernetesClient finds the credentials and keeps TLS;
/// what is sent over it is this runtime's own.
/// </summary>
public sealed class KubernetesConnection : IDisposable
{
    private readonly Kubernetes client;
    private readonly string? tlsServerName;

    /// <param name="configuration">Where the API server is and who we are.</param>
    /// <param name="fieldManager">Named in every write, so that a person can tell who made a change.</param>
    /// <param name="handlers">Put before the transport, outermost first.</param>
    public KubernetesConnection(KubernetesClientConfiguration configuration, string fieldManager, params DelegatingHandler[] handlers)
    {
        client = new Kubernetes(configuration, handlers);
        FieldManager = fieldManager;
        // The library's own name, which it puts where there is none, says nothing to whoever reads an audit log.
        UserAgent = configuration.UserAgent is { } given && given != new KubernetesClientConfiguration().UserAgent ? given : fieldManager;
        tlsServerName = configuration.TlsServerName;
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
        request.RequestUri = new Uri(client.BaseUri, request.RequestUri!);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        if (!string.IsNullOrEmpty(tlsServerName))
            request.Headers.Host = tlsServerName;
        await AuthenticateAsync(request, cancellation);
        return await client.HttpClient.SendAsync(request, completion, cancellation);
    }

    public void Dispose() => client.Dispose();

    /// <summary>Token files, exec plugins and identity providers fail in ways of their own; all of them pass.</summary>
    private async Task AuthenticateAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            if (client.Credentials is { } credentials)
                await credentials.ProcessHttpRequestAsync(request, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new ApiUnavailableException($"no credentials: {failure.Message}", failure);
        }
    }
}
