using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Server;

/// <summary>An answer that is ready to be sent.</summary>
internal sealed record ApiResponse(int Code, Func<HttpContext, CancellationToken, Task> WriteBody)
{
    public string ContentType { get; init; } = "application/json";

    /// <summary>What the audit log keeps of it.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>Whether the body goes on for as long as the client listens.</summary>
    public bool IsStream { get; init; }

    public static ApiResponse Of(int code, JsonObject json) => Of(code, Encoding.UTF8.GetBytes(json.ToJsonString(JsonText.Options)), json);

    public static ApiResponse Of(int code, StoredObject stored) => Of(code, stored.Bytes, stored.Json);

    public static ApiResponse Of(ApiStatus status) => Of(status.Code, status.ToJson());

    public static ApiResponse Text(string text) =>
        Of(200, Encoding.UTF8.GetBytes(text), null) with { ContentType = "text/plain; charset=utf-8" };

    private static ApiResponse Of(int code, ReadOnlyMemory<byte> bytes, JsonObject? json) =>
        new(code, async (http, cancellation) =>
        {
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(bytes, cancellation);
        })
        {
            Object = json,
        };
}
