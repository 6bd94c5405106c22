using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.TestClusters;

/// <summary>A self-signed certificate for the loopback interface, and its key, as files.</summary>
public sealed class ServingCertificate : IDisposable
{
    private readonly X509Certificate2 certificate;

    private ServingCertificate(X509Certificate2 certificate, string folder, string name) =>
        (this.certificate, CertificateFile, KeyFile) = (certificate, Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"));

    public string CertificateFile { get; }
    public string KeyFile { get; }

    /// <param name="folder">Where the files are written.</param>
    /// <param name="name">What they are called, before .crt and .key.</param>
    public static ServingCertificate Write(string folder, string name = "serving")
    {
        using var key = RSA.Create(2048);
        CertificateRequest request = new("CN=kube-apiserver", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        ServingCertificate written = new(request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1)), folder, name);
        File.WriteAllText(written.CertificateFile, written.certificate.ExportCertificatePem());
        File.WriteAllText(written.KeyFile, key.ExportRSAPrivateKeyPem());
        return written;
    }

    public bool Is(X509Certificate? presented) => presented is not null && presented.GetCertHashString() == certificate.GetCertHashString();

    public void Dispose() => certificate.Dispose();
}
