using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Tests.Receiver;

/// <summary>With a mounted certificate.</summary>
public sealed class ReceiverTlsTests : ShopTest
{
    private readonly string folder = Directory.CreateTempSubdirectory("tls-").FullName;

    [Fact]
    public async Task Findings_are_taken_with_TLS_and_not_without()
    {
        var certificate = ServingCertificate.Write(folder, "tls");
        var (secured, plain) = await StartAsync(TimeProvider.System);

        using var sender = Trusting(certificate);
        var refused = await sender.PostAsync(new Uri(plain, "/v1/findings/falco"), Alert(), TestContext.Current.CancellationToken);
        var unknown = await sender.PostAsync(new Uri(secured, "/v1/findings/falco"), Alert(), TestContext.Current.CancellationToken);

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Should().Contain("with TLS only");
        unknown.StatusCode.Should().Be(HttpStatusCode.Unauthorized, "there is no such source, which is asked for once the connection is private");
        (await sender.GetAsync(new Uri(plain, "/healthz"), TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.OK, "the kubelet and Prometheus need no certificate");
    }

    [Fact]
    public async Task Metrics_are_not_for_whoever_reaches_the_port_of_senders()
    {
        var certificate = ServingCertificate.Write(folder, "tls");
        var (secured, plain) = await StartAsync(TimeProvider.System);

        using var sender = Trusting(certificate);
        (await sender.GetAsync(new Uri(secured, "/metrics"), TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await sender.GetAsync(new Uri(plain, "/metrics"), TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_renewed_certificate_is_served_without_a_restart()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var before = ServingCertificate.Write(folder, "tls");
        var (secured, _) = await StartAsync(time);
        (await PresentedAsync(secured)).Should().Match(p => before.Is((X509Certificate)p));

        var renewed = ServingCertificate.Write(folder, "tls");
        (await PresentedAsync(secured)).Should().Match(p => before.Is((X509Certificate)p), "files are looked at every ten seconds at most");
        time.Advance(TimeSpan.FromSeconds(10));

        (await PresentedAsync(secured)).Should().Match(p => renewed.Is((X509Certificate)p));
    }

    [Theory]
    [InlineData("tls.key", "no key")]
    [InlineData("tls.crt", "no certificate")]
    [InlineData("tls.key", null)]
    public async Task A_certificate_that_cannot_be_read_leaves_the_one_before_in_use(string file, string? text)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var before = ServingCertificate.Write(folder, "tls");
        var (secured, _) = await StartAsync(time);

        // Without a text it is that of another certificate: a Secret that is half written.
        await File.WriteAllTextAsync(Path.Combine(folder, file), text ?? await File.ReadAllTextAsync(ServingCertificate.Write(folder, "other").KeyFile, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(10));

        (await PresentedAsync(secured)).Should().Match(p => before.Is((X509Certificate)p));
    }

    [Theory]
    [InlineData("no certificate", "no key")]
    [InlineData(null, null)]
    public async Task Without_one_that_can_be_read_it_does_not_start_and_says_so(string? certificate, string? key)
    {
        if (certificate is not null)
            await File.WriteAllTextAsync(Path.Combine(folder, "tls.crt"), certificate, TestContext.Current.CancellationToken);
        if (key is not null)
            await File.WriteAllTextAsync(Path.Combine(folder, "tls.key"), key, TestContext.Current.CancellationToken);
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        Cluster.Api.WriteKubeconfig(kubeconfig, Cluster.OperatorToken);

        var (code, said) = await OperatorProcess.RunAsync("--kubeconfig", kubeconfig, "--tls-certificates", folder);

        said.Trim().Should().StartWith($"the receiver's certificate in {folder} cannot be read: ").And.NotContain("\n");
        code.Should().Be(2);
    }

    protected override ValueTask StopAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<(Uri Secured, Uri Plain)> StartAsync(TimeProvider time)
    {
        var running = await StartOperatorAsync(new() { TlsCertificates = folder, TlsListen = "https://127.0.0.1:0" }, time);
        return (running.Addresses.Single(a => a.Scheme == "https"), running.Addresses.Single(a => a.Scheme == "http"));
    }

    private static StringContent Alert() => new("""{"rule": "Terminal shell in container", "priority": "Error"}""", Encoding.UTF8, "application/json");

    private static HttpClient Trusting(ServingCertificate certificate) =>
        new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, presented, _, _) => certificate.Is(presented) } });

    /// <summary>What a sender that connects now is shown.</summary>
    private static async Task<X509Certificate> PresentedAsync(Uri address)
    {
        using System.Net.Sockets.TcpClient connection = new();
        await connection.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        X509Certificate? presented = null;
        await using SslStream tls = new(connection.GetStream(), false, (_, certificate, _, _) => (presented = certificate) is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, TestContext.Current.CancellationToken);
        return new X509Certificate2(presented!);
    }
}
