using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Benchmarks.Clusters;

/// <summary>Calls as they are, over connections that are kept alive: what an operator made of nothing else would take.</summary>
internal sealed class BareConnection : IDisposable
{
    private readonly HttpClient http;

    public BareConnection(Uri address, string token)
    {
        http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("bare");
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
    }

    public Task<JsonObject> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<JsonObject> CreateAsync(string path, JsonNode body) => SendAsync(HttpMethod.Post, path, body.ToJsonString());

    public Task<JsonObject> DeleteAsync(string path, JsonNode body) => SendAsync(HttpMethod.Delete, path, body.ToJsonString());

    public async Task<JsonObject> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        var (code, text) = await CallAsync(method, path, body is null ? default : Encoding.UTF8.GetBytes(body), type);
        return code is >= 200 and < 300
            ? (JsonObject)JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{method} {path}: {code} {Encoding.UTF8.GetString(text)}");
    }

    /// <summary>A list, page by page, read and not understood.</summary>
    public async Task ListAsync(string collection)
    {
        var next = "";
        do
        {
            var (_, page) = await CallAsync(HttpMethod.Get, $"{collection}?limit=500{next}", default, "");
            next = Continue(page) is { } token ? $"&continue={Uri.EscapeDataString(token)}" : "";
        }
        while (next.Length > 0);
    }

    /// <summary>The answer's bytes, unread.</summary>
    public async Task<(int Code, byte[] Body)> CallAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, string type)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
        if (!body.IsEmpty)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = new(type);
        }
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>The events of a watch until the given condition holds for one.</summary>
    public async Task WatchAsync(string path, Func<JsonObject, bool> until, TaskCompletionSource? begun = null)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using StreamReader lines = new(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync());
        begun?.SetResult();
        while (await lines.ReadLineAsync() is { } line)
        {
            if (until((JsonObject)JsonNode.Parse(line)!["object"]!))
                return;
        }
        throw new InvalidOperationException($"{path} ended before what it was watched for.");
    }

    public void Dispose() => http.Dispose();

    /// <summary>The token stands near one of the ends of a page: in the list's metadata.</summary>
    private static string? Continue(byte[] page)
    {
        var key = "\"continue\":\""u8;
        var at = page.AsSpan(0, Math.Min(page.Length, 1000)).IndexOf(key);
        if (at < 0 && page.AsSpan(Math.Max(0, page.Length - 1000)).IndexOf(key) is >= 0 and var late)
            at = Math.Max(0, page.Length - 1000) + late;
        if (at < 0)
            return null;
        var token = page.AsSpan(at + key.Length);
        return Encoding.UTF8.GetString(token[..token.IndexOf((byte)'"')]) is { Length: > 0 } found ? found : null;
    }
}
