using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Demo;

/// <summary>A cluster, and the real operator running against it over HTTP.</summary>
internal sealed class Platform : IAsyncDisposable
{
    public const string OperatorNamespace = "immutable-recovery";

    private readonly WebApplication app;
    private readonly HttpClient receiver;
    private readonly KubernetesConnection connection;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task following;
    private readonly List<Task> beside = [];

    private Platform(KubernetesCluster cluster, WebApplication app, string token)
    {
        Cluster = cluster;
        this.app = app;
        Token = token;
        receiver = new() { BaseAddress = new Uri(app.Urls.First()) };
        receiver.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Client = new Kubernetes(cluster.ClientConfiguration("demo"));
        connection = new KubernetesConnection(cluster.ClientConfiguration("demo"), "demo");
        Recoveries = Follow<Recovery>("recoveries");
        Findings = Follow<SecurityFinding>("securityfindings");
        following = Task.WhenAll(Recoveries.RunAsync(stopping.Token), Findings.RunAsync(stopping.Token));
    }

    public KubernetesCluster Cluster { get; }

    public Kubernetes Client { get; }

    public Informer<Recovery> Recoveries { get; }

    public Informer<SecurityFinding> Findings { get; }

    /// <summary>Where a sender posts its alerts.</summary>
    public Uri FindingsUrl => new(receiver.BaseAddress!, "/v1/findings/falco");

    /// <summary>What a sender authenticates with.</summary>
    public string Token { get; }

    public static async Task<Platform> StartAsync(KubernetesCluster cluster, FindingSeverity minimumSeverity, bool withAdmission, CancellationToken cancellation)
    {
        foreach (var manifest in (string[])[.. Manifests.CustomResourceDefinitions, .. Manifests.Rights, .. withAdmission ? Manifests.Admission : []])
            await cluster.ApplyAsync(manifest, cancellation);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await cluster.ApplyAsync(Manifests.Read(
            "platform.yaml",
            ("TOKEN_HASH", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))),
            ("MINIMUM_SEVERITY", minimumSeverity.ToString())), cancellation);

        var app = OperatorHost.Build(
            new OperatorOptions { Namespace = OperatorNamespace, Listen = "http://127.0.0.1:0", LeaderElection = false, LogLevel = LogLevel.None },
            cluster.ClientConfiguration(OperatorOptions.FieldManager, await OperatorTokenAsync(cluster, cancellation)),
            TimeProvider.System);
        await app.StartAsync(cancellation);
        var platform = new Platform(cluster, app, token);
        await Patience.UntilAsync(platform.IsReadyAsync, "the operator is ready", cancellation);
        await Task.WhenAll(platform.Recoveries.Synced, platform.Findings.Synced).WaitAsync(cancellation);
        return platform;
    }

    /// <summary>Something that goes on beside the operator until the demonstration is over.</summary>
    public void RunBeside(Func<CancellationToken, Task> run) => beside.Add(run(stopping.Token));

    /// <summary>Sends an alert to the operator as falcosidekick would.</summary>
    public async Task<ReceiverReply> PostAsync(byte[] alert, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(alert);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await receiver.PostAsync(FindingsUrl, content, cancellation);
        return ReceiverReply.Parse(await response.Content.ReadAsStringAsync(cancellation));
    }

    /// <summary>A policy of the platform, with what the operator says of it.</summary>
    public async Task<ClusterRecoveryPolicy> PolicyAsync(string name, CancellationToken cancellation) =>
        (await new ResourceApi<ClusterRecoveryPolicy>(connection, Kind<ClusterRecoveryPolicy>("clusterrecoverypolicies", namespaced: false)).GetAsync(new("", name), cancellation)).Required();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await stopping.CancelAsync();
        await following;
        await Task.WhenAll(beside);
        await app.DisposeAsync();
        await Cluster.DisposeAsync();
        connection.Dispose();
        Client.Dispose();
        receiver.Dispose();
        stopping.Dispose();
    }

    /// <summary>The operator runs under its own service account, with the rights that it is shipped with.</summary>
    private static async Task<string> OperatorTokenAsync(KubernetesCluster cluster, CancellationToken cancellation)
    {
        using var administrator = new Kubernetes(cluster.ClientConfiguration("demo"));
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [], ExpirationSeconds = (long)TimeSpan.FromDays(1).TotalSeconds } };
        var token = await administrator.CreateNamespacedServiceAccountTokenAsync(request, OperatorOptions.FieldManager, OperatorNamespace, cancellationToken: cancellation);
        return token.Status.Token;
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        using var response = await receiver.GetAsync(new Uri("/readyz", UriKind.Relative), cancellation);
        return response.IsSuccessStatusCode;
    }

    private Informer<T> Follow<T>(string plural)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(
            new ResourceApi<T>(connection, Kind<T>(plural, namespaced: true)),
            TimeProvider.System,
            NullLoggerFactory.Instance);

    private static ResourceKind<T> Kind<T>(string plural, bool namespaced)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(WellKnown.Group, WellKnown.Version, plural, namespaced, ResourceJson.Trimmed<T>(ApiJson.Default));
}
