using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Receiver;

/// <summary>A running operator with one source of findings, and no pods that could be meant.</summary>
public sealed class ReceiverFixture : IAsyncLifetime
{
    public const string Token = "correct-horse-battery-staple";
    private int sources;

    internal TestCluster Cluster { get; private set; } = null!;

    internal OperatorInProcess Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync(new() { Controllers = false });
        Operator = await OperatorInProcess.StartAsync(Cluster);
        await Operator.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Operator.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>A source of its own for a test; returns its name once the operator knows it.</summary>
    internal async Task<string> SourceAsync(string spec = "namespaces: [\"*\"]", string? token = Token, string expiresAt = "")
    {
        var name = $"falco-{Interlocked.Increment(ref sources).ToString(CultureInfo.InvariantCulture)}";
        await Cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: FindingSource
            metadata: {name: {{name}}}
            spec:
              type: Falco
              authentication: {tokenSHA256: [{hash: "{{Hash(token!)}}"{{expiresAt}}}]}
              {{spec}}
            """);
        // The operator writes a source's status once it has seen it.
        await Waiting.UntilAsync(
            async () => await Cluster.Sources.GetAsync(new("", name)) is Runtime.ApiResult<FindingSource>.Ok { Value.Status: not null },
            $"the operator knows source {name}");
        return name;
    }

    internal async Task<Received> PostAsync(string source, byte[] body, string? token = Token, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/v1/findings/{source}", UriKind.Relative)) { Content = new ByteArrayContent(body) };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TransferEncodingChunked = chunked ? true : null;
        using var response = await Operator.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, text, response.Headers.RetryAfter?.Delta);
    }

    internal Task<Received> PostAsync(string source, string body, string? token = Token) => PostAsync(source, Encoding.UTF8.GetBytes(body), token);

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

/// <summary>What the receiver answered.</summary>
internal sealed record Received(HttpStatusCode Code, string Text, TimeSpan? RetryAfter)
{
    public string Error => (string?)JsonNode.Parse(Text)!["error"] ?? "";

    public IReadOnlyList<JsonObject> Findings => [.. (JsonNode.Parse(Text)!["findings"] as JsonArray ?? []).OfType<JsonObject>()];

    public string Name => (string)Findings[0]["name"]!;
}
