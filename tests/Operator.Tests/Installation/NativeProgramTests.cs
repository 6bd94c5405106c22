using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using k8s.Models;

namespace Operator.Tests.Installation;

/// <summary>The operator compiled ahead of time, as it is shipped, where OPERATOR_PROGRAM names it (`make native`): with TLS, from an alert to a recovered pod.</summary>
public sealed class NativeProgramTests : ShopTest
{
    private const string Token = "correct-horse-battery-staple";
    private readonly string folder = Directory.CreateTempSubdirectory("native-").FullName;

    [Fact]
    public async Task It_recovers_a_pod_from_an_alert_that_comes_with_TLS()
    {
        var program = Environment.GetEnvironmentVariable("OPERATOR_PROGRAM");
        Assert.SkipWhen(string.IsNullOrEmpty(program), "OPERATOR_PROGRAM names no operator that was compiled ahead of time");
        var certificate = ServingCertificate.Write(folder, "tls");
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        Cluster.Api.WriteKubeconfig(kubeconfig, Cluster.OperatorToken);
        await Cluster.SourceAsync(Token);
        await Cluster.PolicyAsync(Shop);
        var pod = (await DeployTrustedAsync())[0];
        var (plain, secured) = (FreePort.Take(), FreePort.Take());

        using var running = Process.Start(new ProcessStartInfo(program!,
        [
            "--kubeconfig", kubeconfig, "--leader-elect", "false", "--listen", $"http://127.0.0.1:{plain}",
            "--tls-certificates", folder, "--tls-listen", $"https://127.0.0.1:{secured}", "--keep-quarantine-policy-minutes", "0",
        ])
        { RedirectStandardOutput = true })!;
        running.OutputDataReceived += (_, _) => { };
        running.BeginOutputReadLine();
        try
        {
            using HttpClient sender = new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, presented, _, _) => certificate.Is(presented) } });
            await Waiting.UntilAsync(async () => await IsReadyAsync(sender, new Uri($"http://127.0.0.1:{plain}/readyz")), "it is ready");
            using HttpRequestMessage alert = new(HttpMethod.Post, new Uri($"https://127.0.0.1:{secured}/v1/findings/falco"))
            {
                Content = new StringContent($$"""{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "{{Shop}}", "k8s.pod.name": "{{pod.Name()}}"} }"""),
            };
            alert.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            (await sender.SendAsync(alert, TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.Accepted);

            await Cluster.EndedAsync(pod);

            (await sender.GetStringAsync(new Uri($"http://127.0.0.1:{plain}/metrics"), TestContext.Current.CancellationToken))
                .Should().Contain("immutable_recovery_steps_total{step=\"Contain\",result=\"Done\"} 1");
        }
        finally
        {
            running.Kill();
            await running.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    protected override ValueTask StopAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri address)
    {
        try
        {
            return (await http.GetAsync(address, TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
