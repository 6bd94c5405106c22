using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Receiver;

/// <summary>
/// The receiver's certificate, from the files of a mounted Secret of type kubernetes.io/tls. They are read again every ten seconds at most,
/// when a sender connects, so that a certificate which was renewed is served without a restart. What cannot be read leaves the one before in use.
/// </summary>
internal sealed partial class ReceiverCertificate(string folder, TimeProvider time, ILogger<ReceiverCertificate> logger)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private (string Certificate, string Key) texts;
    private SslStreamCertificateContext? context;
    private long lookedAt;

    /// <summary>An exception says what is wrong with the files, where none could ever be read.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (gate)
            {
                if (context is not null && time.GetElapsedTime(lookedAt) < LookAgain)
                    return context;
                lookedAt = time.GetTimestamp();
                try
                {
                    Read();
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
                {
                    if (context is null)
                        throw new InvalidDataException($"the receiver's certificate in {folder} cannot be read: {failure.Message}", failure);
                    Kept(folder, failure.Message);
                }
                return context!;
            }
        }
    }

    private void Read()
    {
        var now = (File.ReadAllText(Path.Combine(folder, "tls.crt")), File.ReadAllText(Path.Combine(folder, "tls.key")));
        if (now == texts)
            return;
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(now.Item1);
        var own = X509Certificate2.CreateFromPem(now.Item1, now.Item2);
        // What follows the first are the authorities between it and a root, which senders need and may not have.
        context = SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true);
        texts = now;
        Serving(own.Subject, own.NotAfter.ToUniversalTime());
    }

    [LoggerMessage(LogLevel.Information, "the receiver's certificate is {subject}, valid until {notAfter:u}")]
    private partial void Serving(string subject, DateTime notAfter);

    [LoggerMessage(LogLevel.Warning, "the certificate in {folder} cannot be read, the one before is served: {why}")]
    private partial void Kept(string folder, string why);
}
