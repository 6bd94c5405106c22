using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Operator.TestClusters;

/// <summary>
/// A kube-apiserver and its etcd, started as envtest does: TLS, RBAC, on free ports of the loopback interface, in a folder that goes with them.
/// </summary>
internal sealed class ApiServerProcess : IAsyncDisposable
{
    public const string AdminToken = "administrator";
    private static readonly string[] Programs = ["etcd", "kube-apiserver"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly ChildProcess etcd;
    private readonly ChildProcess server;
    private readonly Uri address;
    private readonly ServingCertificate certificate;

    private ApiServerProcess(string assets)
    {
        foreach (var program in Programs)
            if (!File.Exists(Path.Combine(assets, program)))
                throw new InvalidOperationException(
                    $"KUBEBUILDER_ASSETS names {assets}, where there is no {program}. Install both by `setup-envtest use`, or unset the variable to run the tests on the embedded cluster.");
        folder = Directory.CreateTempSubdirectory("api-server-").FullName;
        certificate = ServingCertificate.Write(folder);
        File.WriteAllText(In("tokens.csv"), $"{AdminToken},administrator,administrator,\"system:masters\"\n");
        var (client, peer, secure) = (FreePort.Take(), FreePort.Take(), FreePort.Take());
        address = new($"https://127.0.0.1:{secure}");
        etcd = ChildProcess.Start(Path.Combine(assets, "etcd"), In("etcd.log"),
        [
            $"--data-dir={In("etcd")}", "--unsafe-no-fsync", $"--listen-client-urls=http://127.0.0.1:{client}", $"--advertise-client-urls=http://127.0.0.1:{client}",
            $"--listen-peer-urls=http://127.0.0.1:{peer}", $"--initial-advertise-peer-urls=http://127.0.0.1:{peer}", $"--initial-cluster=default=http://127.0.0.1:{peer}",
        ]);
        server = ChildProcess.Start(Path.Combine(assets, "kube-apiserver"), In("kube-apiserver.log"),
        [
            $"--etcd-servers=http://127.0.0.1:{client}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", $"--secure-port={secure}",
            $"--cert-dir={folder}", $"--tls-cert-file={certificate.CertificateFile}", $"--tls-private-key-file={certificate.KeyFile}",
            $"--token-auth-file={In("tokens.csv")}", "--authorization-mode=RBAC", "--allow-privileged=true", "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc", $"--service-account-signing-key-file={certificate.KeyFile}", $"--service-account-key-file={certificate.KeyFile}",
            // Service accounts are made by a controller that is not here, and pods need none.
            "--disable-admission-plugins=ServiceAccount",
            "--kubelet-preferred-address-types=InternalIP",
            "--endpoint-reconciler-type=none",
        ]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Kill();
    }

    public string Version { get; private set; } = "";

    public static async Task<ApiServerProcess> StartAsync(string assets, CancellationToken cancellation)
    {
        var process = new ApiServerProcess(assets);
        try
        {
            await process.ReadyAsync(cancellation);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reaches the server itself, as whoever the requests say.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = new() { RemoteCertificateValidationCallback = (_, presented, _, _) => certificate.Is(presented) },
        AllowAutoRedirect = false,
        UseProxy = false,
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public ValueTask DisposeAsync()
    {
        server.Dispose();
        etcd.Dispose();
        certificate.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Kill()
    {
        server.Kill();
        etcd.Kill();
    }

    private async Task ReadyAsync(CancellationToken cancellation)
    {
        using var client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        var since = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync(client, cancellation))
        {
            if (server.HasExited || etcd.HasExited || TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"The real API server does not start.\nkube-apiserver: {server.Log}\netcd: {etcd.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }
        Version = JsonNode.Parse(await client.GetStringAsync(new Uri("version", UriKind.Relative), cancellation))?["gitVersion"]?.ToString() ?? "";
    }

    private static async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellation)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("readyz", UriKind.Relative), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string In(string name) => Path.Combine(folder, name);
}
