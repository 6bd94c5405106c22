using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.TestClusters;

/// <summary>A self-signed certificate for the loopback interface, and its key, as files.</summary>
internal sealed class ServingCertificate : IDisposable
{
    private readonly X509Certificate2 certificate;

    private ServingCertificate(X509Certificate2 certificate, string folder) =>
        (this.certificate, CertificateFile, KeyFile) = (certificate, Path.Combine(folder, "serving.crt"), Path.Combine(folder, "serving.key"));

    public string CertificateFile { get; }
    public string KeyFile { get; }

    public static ServingCertificate Write(string folder)
    {
        using var key = RSA.Create(2048);
        CertificateRequest request = new("CN=kube-apiserver", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        ServingCertificate written = new(request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1)), folder);
        File.WriteAllText(written.CertificateFile, written.certificate.ExportCertificatePem());
        File.WriteAllText(written.KeyFile, key.ExportRSAPrivateKeyPem());
        return written;
    }

    public bool Is(X509Certificate? presented) => presented is not null && presented.GetCertHashString() == certificate.GetCertHashString();

    public void Dispose() => certificate.Dispose();
}
