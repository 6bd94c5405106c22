using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Operator.TestClusters;

/// <summary>Plain HTTP against a cluster, JSON in and out.</summary>
public sealed class ApiClient(Uri address, params IReadOnlyList<(string Name, string Value)> headers) : IDisposable
{
    private readonly HttpClient http = Client(address, headers);

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> CreateAsync(string path, JsonNode body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Answer> UpdateAsync(string path, JsonNode body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Answer> DeleteAsync(string path, JsonNode? body = null) => SendAsync(HttpMethod.Delete, path, body);

    public Task<Answer> MergeAsync(string path, JsonNode body) => SendAsync(HttpMethod.Patch, path, body, "application/merge-patch+json");

    public Task<Answer> JsonPatchAsync(string path, JsonNode body) => SendAsync(HttpMethod.Patch, path, body, "application/json-patch+json");

    public Task<Answer> StrategicAsync(string path, JsonNode body) => SendAsync(HttpMethod.Patch, path, body, "application/strategic-merge-patch+json");

    public Task<Answer> ApplyAsync(string path, JsonNode body) => SendAsync(HttpMethod.Patch, path, body, "application/apply-patch+yaml");

    public Task<Answer> ApplyYamlAsync(string path, string yaml) => SendTextAsync(HttpMethod.Patch, path, yaml, "application/apply-patch+yaml");

    public Task<Answer> SendAsync(HttpMethod method, string path, JsonNode? body = null, string contentType = "application/json", string? accept = null) =>
        SendTextAsync(method, path, body?.ToJsonString(), contentType, accept);

    private async Task<Answer> SendTextAsync(HttpMethod method, string path, string? body, string contentType, string? accept = null)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType));
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
        {
            Warnings = response.Headers.TryGetValues("Warning", out var warnings) ? [.. warnings] : [],
            RetryAfter = response.Headers.RetryAfter?.ToString(),
        };
    }

    /// <summary>The events of a watch; ends when the server ends it.</summary>
    public async IAsyncEnumerable<JsonObject> WatchAsync(string path, string? accept = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (string line in LinesAsync(path, accept, cancellation))
            yield return (JsonObject)JsonNode.Parse(line)!;
    }

    /// <summary>The lines of an answer as they come.</summary>
    public async IAsyncEnumerable<string> LinesAsync(string path, string? accept = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
            yield return line;
    }

    /// <summary>The first events of a watch.</summary>
    public async Task<List<JsonObject>> TakeAsync(string path, int count, string? accept = null)
    {
        using CancellationTokenSource timeout = new(Waiting.Patience, TimeProvider.System);
        List<JsonObject> events = [];
        await foreach (var written in WatchAsync(path, accept, timeout.Token))
        {
            events.Add(written);
            if (events.Count == count)
                break;
        }
        return events;
    }

    public void Dispose() => http.Dispose();

    /// <summary>Every request has the headers, watches too.</summary>
    private static HttpClient Client(Uri address, IReadOnlyList<(string Name, string Value)> headers)
    {
        HttpClient client = new() { BaseAddress = address };
        foreach (var (name, values) in headers.GroupBy(h => h.Name, h => h.Value).Select(g => (g.Key, g)))
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, values);
        return client;
    }
}
