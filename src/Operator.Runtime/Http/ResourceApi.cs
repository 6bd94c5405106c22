using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Reads and writes one kind of resource. Refusals are values, an unreachable server an exception.</summary>
public sealed partial class ResourceApi<T>(KubernetesConnection connection, ResourceKind<T> kind)
    where T : class, IMetadata<V1ObjectMeta>
{
    /// <summary>A server or a network that neither answers nor breaks must not hold a worker for ever. A watch is bounded by its silence instead.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public ResourceKind<T> Kind => kind;

    public Task<ApiResult<T>> GetAsync(ObjectKey key, CancellationToken cancellation = default) =>
        kind.CanHave(key) ? SendAsync(HttpMethod.Get, kind.ObjectPath(key), content: null, cancellation) : NoName<T>(key);

    public Task<ApiResult<T>> CreateAsync(T resource, CancellationToken cancellation = default) =>
        IsPlace(resource.Metadata.NamespaceProperty)
            ? SendAsync(HttpMethod.Post, Written(kind.CollectionPath(resource.Metadata.NamespaceProperty)), JsonContent(resource), cancellation)
            : NoName<T>(ObjectKey.Of(resource.Metadata));

    /// <summary>PUT: the resourceVersion in the object is the precondition.</summary>
    public Task<ApiResult<T>> ReplaceAsync(T resource, string? subresource = null, CancellationToken cancellation = default) =>
        ObjectKey.Of(resource.Metadata) is var key && kind.CanHave(key)
            ? SendAsync(HttpMethod.Put, Written(kind.ObjectPath(key, subresource)), JsonContent(resource), cancellation)
            : NoName<T>(key);

    public Task<ApiResult<T>> PatchAsync(ObjectKey key, Patch patch, string? subresource = null, CancellationToken cancellation = default) =>
        kind.CanHave(key)
            ? SendAsync(
                HttpMethod.Patch,
                Written(kind.ObjectPath(key, subresource)) + (patch.Force ? "&force=true" : "") + (patch.DryRun ? "&dryRun=All" : ""),
                Content(patch.Body, patch.ContentType),
                cancellation)
            : NoName<T>(key);

    /// <summary>Ok once the server took the deletion; finalizers and grace may keep the object for longer.</summary>
    public Task<ApiResult<Deleted>> DeleteAsync(ObjectKey key, Deletion deletion, CancellationToken cancellation = default) =>
        kind.CanHave(key)
            ? RequestAsync(
                HttpMethod.Delete,
                kind.ObjectPath(key),
                Content(Encoding.UTF8.GetBytes(deletion.ToJson().ToJsonString()), "application/json"),
                (_, _) => Task.FromResult(default(Deleted)),
                cancellation)
            : NoName<Deleted>(key);

    /// <summary>Creates at a subresource that takes an object of another kind and answers with a Status: <c>pods/binding</c>.</summary>
    public async Task<ApiResult<Created>> CreateAsync(ObjectKey key, string subresource, JsonObject body, CancellationToken cancellation = default)
    {
        if (!kind.CanHave(key))
            return await NoName<Created>(key);
        var content = Content(Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json");
        using var response = await ExchangeAsync(HttpMethod.Post, Written(kind.ObjectPath(key, subresource)), content, cancellation);
        return response.IsSuccessStatusCode ? new ApiResult<Created>.Ok(default) : await RefusalAsync<Created>(response, cancellation);
    }

    /// <summary>No object has this name, and a path with it would lead to another resource: nothing is sent.</summary>
    private Task<ApiResult<TValue>> NoName<TValue>(ObjectKey key) =>
        Task.FromResult<ApiResult<TValue>>(new ApiResult<TValue>.Invalid($"\"{key}\" is no name of {kind.Plural}"));

    private static bool IsPlace(string? ns) => string.IsNullOrEmpty(ns) || PathSegment.IsValid(ns);

    private string Written(string path) => $"{path}?fieldManager={Uri.EscapeDataString(connection.FieldManager)}";

    private ByteArrayContent JsonContent(T resource) => Content(JsonSerializer.SerializeToUtf8Bytes(resource, kind.Json), "application/json");

    private static ByteArrayContent Content(byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    private Task<ApiResult<T>> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation) =>
        RequestAsync(
            method,
            path,
            content,
            async (body, c) => method != HttpMethod.Get && kind.Cached.TrimsAnswers
                ? await TrimmedAsync(body, c)
                : await JsonSerializer.DeserializeAsync(body, kind.Json, c) ?? throw new JsonException("null"),
            cancellation);

    /// <summary>An answer to a write, of which no more is held than a cache keeps.</summary>
    private async Task<T> TrimmedAsync(Stream body, CancellationToken cancellation)
    {
        using WatchReader answer = WatchReader.OfOne(body, kind.Shape);
        return await answer.ReadAsync(cancellation) && ObjectReader.Read(answer.Text, answer.IsTruncated, kind.Json, out _) is { } value
            ? value
            : throw new JsonException("an answer that is no object");
    }

    /// <summary>One request and the whole of its answer, within the deadline.</summary>
    private async Task<ApiResult<TValue>> RequestAsync<TValue>(
        HttpMethod method, string path, HttpContent? content, Func<Stream, CancellationToken, Task<TValue>> read, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, connection.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await ExchangeAsync(method, path, content, either.Token);
            if (!response.IsSuccessStatusCode)
                return await RefusalAsync<TValue>(response, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return new ApiResult<TValue>.Ok(await read(body, either.Token));
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiUnavailableException($"{method} {path}: no answer in time", late);
        }
        catch (Exception failure) when (ObjectReader.IsUnreadable(failure) || failure is HttpRequestException or IOException)
        {
            throw new ApiUnavailableException($"{method} {path}: the answer could not be read", failure);
        }
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.Accept.ParseAdd("application/json");
        try
        {
            return await connection.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ApiUnavailableException($"{method} {path}: {failure.Message}", failure);
        }
    }

    private static async Task<ApiResult<TValue>> RefusalAsync<TValue>(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body;
        try
        {
            body = await response.Content.ReadAsByteArrayAsync(cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ApiUnavailableException("the answer was cut short", failure);
        }
        return ApiStatus.Parse(body).ToResult<TValue>(response.StatusCode, response.Headers.RetryAfter?.Delta);
    }
}

/// <summary>The server took what was posted to a subresource.</summary>
public readonly record struct Created;

/// <summary>The server took a deletion.</summary>
public readonly record struct Deleted;
