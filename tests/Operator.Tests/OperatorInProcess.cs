using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Operator.DevCluster;

namespace Operator.Tests;

/// <summary>The real operator, in this process, against a test's cluster.</summary>
internal sealed class OperatorInProcess : IAsyncDisposable
{
    private readonly WebApplication app;

    private OperatorInProcess(WebApplication app)
    {
        this.app = app;
        Addresses = [.. app.Urls.Select(u => new Uri(u))];
        Http = new() { BaseAddress = Addresses.First(a => a.Scheme == "http") };
    }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Its receiver, metrics and health endpoints.</summary>
    public HttpClient Http { get; }

    /// <summary>The findings that it keeps in memory.</summary>
    public IEnumerable<Api.V1Alpha1.SecurityFinding> CachedFindings => app.Services.GetRequiredService<Cluster.ClusterCache>().SecurityFindings.Store.All;

    /// <summary>The recoveries that it keeps in memory.</summary>
    public IEnumerable<Api.V1Alpha1.Recovery> CachedRecoveries => app.Services.GetRequiredService<Cluster.ClusterCache>().Recoveries.Store.All;

    public static Task<OperatorInProcess> StartAsync(TestCluster cluster, OperatorOptions? options = null, TimeProvider? time = null, bool elect = false, params DelegatingHandler[] handlers) =>
        StartAsync(cluster.Api, cluster.OperatorToken, options, time, elect, handlers);

    /// <summary>On a cluster that the test has installed it on.</summary>
    public static async Task<OperatorInProcess> StartAsync(KubernetesCluster cluster, string token, OperatorOptions? options = null, TimeProvider? time = null, bool elect = false, params DelegatingHandler[] handlers)
    {
        var app = OperatorHost.Build(
            (options ?? new() { QuarantinePolicyStays = TimeSpan.Zero }) with { Namespace = TestCluster.OperatorNamespace, Listen = "http://127.0.0.1:0", LeaderElection = elect, LogLevel = LogLevel.None },
            cluster.ClientConfiguration(OperatorOptions.FieldManager, token),
            time ?? TimeProvider.System,
            handlers);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app);
    }

    /// <summary>What a sender that speaks for a source posts.</summary>
    public async Task<HttpStatusCode> PostAsync(string source, string token, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri($"/v1/findings/{source}", UriKind.Relative)) { Content = new StringContent(body) };
        request.Headers.Authorization = new("Bearer", token);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    public Task ReadyAsync() => Waiting.UntilAsync(async () => (await Http.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode, "the operator is ready");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
