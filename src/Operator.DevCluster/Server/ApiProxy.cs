using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace Operator.DevCluster.Server;

/// <summary>Stands before a real API server, so that its requests can be made to fail and are logged as those of the embedded one are.</summary>
/// <param name="upstream">Reaches the real server, whose address is the client's base address.</param>
/// <param name="adminToken">Whom a request comes from that shows no token, as on the embedded server: kubectl sends none by plain HTTP.</param>
/// <param name="time">The clock of the log.</param>
internal sealed class ApiProxy : IAsyncDisposable
{
    /// <summary>What belongs to one connection rather than to the request, or is set anew.</summary>
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Host", "Content-Length", "Content-Type", "Accept-Encoding", "Date",
    };

    private readonly HttpClient upstream;
    private readonly string adminToken;

    public ApiProxy(HttpClient upstream, string adminToken, TimeProvider time)
    {
        (this.upstream, this.adminToken) = (upstream, adminToken);
        Front = new() { Time = time, Answer = ForwardAsync };
    }

    public ApiFront Front { get; }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        upstream.Dispose();
    }

    private async Task<ApiResponse> ForwardAsync(HttpContext http, ApiRequest request)
    {
        using var message = Message(http.Request, request);
        var answer = await upstream.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        var streams = answer.IsSuccessStatusCode && (request.Verb == "watch" || (request.Subresource == "log" && request.Flag("follow")));
        return streams ? Stream(answer) : await WholeAsync(answer, request, http.RequestAborted);
    }

    private HttpRequestMessage Message(HttpRequest http, ApiRequest request)
    {
        HttpRequestMessage message = new(new HttpMethod(http.Method), new Uri(UriHelper.BuildRelative(path: http.Path, query: http.QueryString), UriKind.Relative));
        if (!request.Body.IsEmpty || http.ContentType is not null)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            if (http.ContentType is { } type)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        foreach (var (name, values) in http.Headers.Where(h => !HopByHop.Contains(h.Key)))
            message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        message.Headers.Authorization ??= new("Bearer", adminToken);
        return message;
    }

    private static async Task<ApiResponse> WholeAsync(HttpResponseMessage answer, ApiRequest request, CancellationToken cancellation)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            return Response(answer, async (http, c) =>
            {
                http.Response.ContentLength = body.Length;
                await http.Response.Body.WriteAsync(body, c);
            }) with
            {
                Object = request.Verb is "list" or "watch" || request.Subresource == "log" ? null : Json(body),
            };
        }
    }

    private static ApiResponse Stream(HttpResponseMessage answer) => Response(answer, async (http, cancellation) =>
    {
        using (answer)
        {
            await using var events = await answer.Content.ReadAsStreamAsync(cancellation);
            await http.Response.Body.FlushAsync(cancellation);
            var chunk = new byte[64 * 1024];
            while (await ReadAsync(http, events, chunk, cancellation) is var read and > 0)
            {
                await http.Response.Body.WriteAsync(chunk.AsMemory(0, read), cancellation);
                await http.Response.Body.FlushAsync(cancellation);
            }
        }
    }) with
    { IsStream = true };

    /// <summary>A stream that breaks there breaks here.</summary>
    private static async Task<int> ReadAsync(HttpContext http, Stream events, byte[] chunk, CancellationToken cancellation)
    {
        try
        {
            return await events.ReadAsync(chunk, cancellation);
        }
        catch (IOException)
        {
            http.Abort();
            return 0;
        }
    }

    private static ApiResponse Response(HttpResponseMessage answer, Func<HttpContext, CancellationToken, Task> writeBody) =>
        new((int)answer.StatusCode, (http, cancellation) =>
        {
            foreach (var (name, values) in answer.Headers.Where(h => !HopByHop.Contains(h.Key)))
                http.Response.Headers[name] = new StringValues([.. values]);
            return writeBody(http, cancellation);
        })
        {
            ContentType = answer.Content.Headers.ContentType?.ToString() ?? "",
        };

    private static JsonObject? Json(byte[] body)
    {
        try
        {
            return body.Length > 0 && body[0] == '{' ? JsonNode.Parse(body) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
