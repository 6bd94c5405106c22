using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.Runtime.Tests;

/// <summary>
/// Sees what a connection sends, and may answer in the server's place: with what the embedded server never says,
/// as a proxy's plain text, a silent watch or odd bytes.
/// </summary>
internal sealed class Transport : DelegatingHandler
{
    private readonly ConcurrentQueue<Sent> sent = [];
    private readonly ConcurrentQueue<BreakableStream> watching = [];

    /// <summary>What a request for a watch says when it leaves here.</summary>
    public Func<Uri, Uri> Rewrite { get; set; } = uri => uri;

    /// <summary>Null passes the request on to the server.</summary>
    public Func<Sent, CancellationToken, Task<HttpResponseMessage?>> Answer { get; set; } = (_, _) => Task.FromResult<HttpResponseMessage?>(null);

    public IReadOnlyList<Sent> Sent => [.. sent];

    public IReadOnlyList<Sent> Watches => [.. sent.Where(s => s.IsWatch)];

    public IReadOnlyList<Sent> Lists => [.. sent.Where(s => !s.IsWatch)];

    /// <summary>All that the server's watches have brought.</summary>
    public string Received => string.Concat(watching.Select(w => w.Received));

    /// <summary>Waits until a request of this method was sent.</summary>
    public Task SentAsync(string method) => Waiting.UntilAsync(() => Task.FromResult(sent.Any(s => s.Method == method)), $"a {method} was sent");

    /// <summary>Breaks every watch that is open.</summary>
    public void Break()
    {
        foreach (var stream in watching)
            stream.Break();
    }

    /// <summary>A connection to no server at all: everything is answered here.</summary>
    public KubernetesConnection Alone() => new(new() { Host = "http://127.0.0.1:1" }, "tests", this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var one = new Sent(request.Method.Method, request.RequestUri!, request.Content?.Headers.ContentType?.ToString(), body, request.Headers.UserAgent.ToString());
        sent.Enqueue(one);
        if (await Answer(one, cancellationToken) is { } answer)
            return answer;
        if (one.IsWatch)
            request.RequestUri = Rewrite(one.Uri);
        var response = await base.SendAsync(request, cancellationToken);
        if (one.IsWatch && response.IsSuccessStatusCode)
        {
            var stream = new BreakableStream(await response.Content.ReadAsStreamAsync(cancellationToken));
            watching.Enqueue(stream);
            response.Content = new StreamContent(stream);
        }
        return response;
    }
}

internal sealed record Sent(string Method, Uri Uri, string? ContentType, string? Body, string UserAgent)
{
    public bool IsWatch => this["watch"] == "true";

    public string Path => Uri.AbsolutePath;

    /// <summary>The same request with another value of a parameter.</summary>
    public static Uri With(Uri uri, string name, string value) => new(Regex.Replace(uri.AbsoluteUri, $"(?<=[?&]{name}=)[^&]*", value));

    /// <summary>A parameter of the query.</summary>
    public string? this[string name] => Uri.Query.TrimStart('?').Split('&')
        .Where(p => p.StartsWith($"{name}=", StringComparison.Ordinal))
        .Select(p => Uri.UnescapeDataString(p[(name.Length + 1)..]))
        .FirstOrDefault();
}

internal static class Reply
{
    public static HttpResponseMessage Json(string json, HttpStatusCode code = HttpStatusCode.OK) =>
        new(code) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Text(HttpStatusCode code, string text, TimeSpan? retryAfter = null)
    {
        var response = new HttpResponseMessage(code) { Content = new StringContent(text, Encoding.UTF8, "text/plain") };
        response.Headers.RetryAfter = retryAfter is { } wait ? new RetryConditionHeaderValue(wait) : null;
        return response;
    }

    public static HttpResponseMessage Status(int code, string reason, string details = "{}") =>
        Json($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{reason}}","message":"it says {{reason}}","details":{{details}},"code":{{code}}}""", (HttpStatusCode)code);

    public static HttpResponseMessage List(string version, params string[] names) =>
        Json($$"""{"kind":"ConfigMapList","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', names.Select(n => Object(n, version)))}}]}""");

    public static string Object(string name, string version) => $$$"""{"metadata":{"namespace":"{{{Map.Namespace}}}","name":"{{{name}}}","resourceVersion":"{{{version}}}"}}""";
}

/// <summary>The body of a watch, written as the test goes along.</summary>
internal sealed class WatchStream
{
    private readonly Pipe pipe = new();

    public HttpResponseMessage Response => new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };

    public Task EventAsync(string type, string json) => WriteAsync($$"""{"type":"{{type}}","object":{{json}}}""" + "\n");

    public Task BookmarkAsync(string version) => EventAsync("BOOKMARK", $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","creationTimestamp":null}}""");

    public async Task WriteAsync(string text) => await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The server ends the watch, as it does when timeoutSeconds are over.</summary>
    public void End() => pipe.Writer.Complete();

    /// <summary>The connection breaks.</summary>
    public void Break() => pipe.Writer.Complete(new IOException("connection reset by peer"));
}
