using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Operator.TestClusters;

/// <summary>Sends what the administrator asks with a kubeconfig's credentials, and everything else with its own: a client certificate would win over a token.</summary>
internal sealed class ClusterCredentials : HttpMessageHandler
{
    /// <summary>Stands for the kubeconfig's own credentials, whatever they are.</summary>
    public const string AdminToken = "administrator";

    private readonly HttpMessageInvoker administrator;
    private readonly HttpMessageInvoker others;
    private readonly string? token;

    public ClusterCredentials(KubernetesClientConfiguration configuration)
    {
        token = configuration.AccessToken;
        others = new(Handler(configuration, null));
        administrator = new(Handler(configuration, ClientCertificate(configuration)));
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is not { Parameter: AdminToken })
            return others.SendAsync(request, cancellationToken);
        request.Headers.Authorization = string.IsNullOrEmpty(token) ? null : new("Bearer", token);
        return administrator.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        administrator.Dispose();
        others.Dispose();
        base.Dispose(disposing);
    }

    private static SocketsHttpHandler Handler(KubernetesClientConfiguration configuration, X509Certificate2? certificate)
    {
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        if (configuration.SkipTlsVerify)
            throw new InvalidOperationException("TEST_KUBECONFIG: insecure-skip-tls-verify is not supported.");
        if (configuration.SslCaCerts is { } authorities)
            handler.SslOptions.RemoteCertificateValidationCallback = (sender, presented, chain, errors) =>
                Kubernetes.CertificateValidationCallBack(sender, authorities, presented!, chain!, errors);
        return handler;
    }

    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration) => configuration switch
    {
        { ClientCertificateData: { Length: > 0 } certificate, ClientCertificateKeyData: { Length: > 0 } key } => X509Certificate2.CreateFromPem(Text(certificate), Text(key)),
        { ClientCertificateFilePath: { Length: > 0 } certificate, ClientKeyFilePath: { Length: > 0 } key } => X509Certificate2.CreateFromPemFile(certificate, key),
        _ => null,
    };

    private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
