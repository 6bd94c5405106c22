using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.TestClusters;

/// <summary>
/// Lets tests write on somebody else's cluster only what they made themselves: namespaces with all that is in them, and objects without a namespace.
/// What they ask for beyond that is refused here, before the cluster hears of it.
/// </summary>
internal sealed class OwnObjects(HttpMessageHandler cluster) : DelegatingHandler(cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The paths of what this test process made, by any of its clusters.</summary>
    private static readonly ConcurrentDictionary<string, bool> Made = new();

    public static IEnumerable<string> All => Made.Keys;

    public static void Forget(string path) => Made.TryRemove(path, out _);

    public static bool IsOwnNamespace(string ns) => Made.ContainsKey($"api/v1/namespaces/{ns}");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Get || ObjectPath.Of(request.RequestUri!) is not { IsReview: false } path)
            return await base.SendAsync(request, cancellationToken);
        if (path.Namespace is { } ns)
            return IsOwnNamespace(ns) ? await base.SendAsync(request, cancellationToken) : Refused(request, $"namespace {ns}");
        if (request.Method != HttpMethod.Post && !Made.ContainsKey(path.Object) && !await IsFreeAsync(path, request, cancellationToken))
            return Refused(request, path.Object);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Created && path.Subresource is null)
            Made[path.Name is null ? $"{path.Object}/{await NameAsync(response, cancellationToken)}" : path.Object] = true;
        return response;
    }

    /// <summary>Whether an apply would create. Definitions of the operator's kinds may be there: installing them is what the tests are about.</summary>
    private async Task<bool> IsFreeAsync(ObjectPath path, HttpRequestMessage request, CancellationToken cancellation)
    {
        if (path.Object.EndsWith(".immutablerecovery.io", StringComparison.Ordinal))
            return true;
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using HttpRequestMessage get = new(HttpMethod.Get, new Uri(request.RequestUri!, $"/{path.Object}"));
            get.Headers.Authorization = request.Headers.Authorization;
            using var found = await base.SendAsync(get, cancellation);
            if (found.StatusCode == HttpStatusCode.NotFound)
                return true;
            // What another test process made may still be on its way out.
            var going = found.IsSuccessStatusCode && JsonNode.Parse(await found.Content.ReadAsStringAsync(cancellation))?["metadata"]?["deletionTimestamp"] is not null;
            if (!going || TimeProvider.System.GetElapsedTime(since) > Patience)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
        }
    }

    private static async Task<string> NameAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await response.Content.LoadIntoBufferAsync(cancellation);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation))?["metadata"]?["name"]?.ToString() ?? "";
    }

    private static HttpResponseMessage Refused(HttpRequestMessage request, string what) => new(HttpStatusCode.Forbidden)
    {
        RequestMessage = request,
        Content = new StringContent(
            $$"""{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "{{what}} is not the tests' own, and on the cluster that TEST_KUBECONFIG names they touch nothing else."}""",
            Encoding.UTF8,
            "application/json"),
    };
}
