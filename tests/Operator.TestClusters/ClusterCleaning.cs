using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.TestClusters;

/// <summary>
/// Makes an API server, which may have no namespace controller and no garbage collector, as good as new: takes away what was made through the proxy.
/// </summary>
internal sealed class ClusterCleaning(HttpClient client, string adminToken)
{
    private const string OwnGroup = "immutablerecovery.io";
    private const string DeleteNow = """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}""";

    /// <summary>What is made again by every test that needs it, and takes long to be served anew.</summary>
    private static bool IsKept(string resource, string name) => resource == "customresourcedefinitions" && name.EndsWith(OwnGroup, StringComparison.Ordinal);

    public async Task RunAsync(IEnumerable<(string Root, string Resource, string Namespace)> written, CancellationToken cancellation)
    {
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminToken);
        // Admission first, lest it refuses the rest; then objects before their definitions, and what is in a namespace before it.
        foreach (var stage in written.GroupBy(w => Stage(w.Root, w.Resource)).OrderBy(s => s.Key))
            await Parallel.ForEachAsync(stage, cancellation, (w, c) => new(CleanAsync(w.Root, w.Resource, w.Namespace, c)));
    }

    private static int Stage(string root, string resource) => resource switch
    {
        _ when root.Contains("admissionregistration", StringComparison.Ordinal) => 0,
        "customresourcedefinitions" => 2,
        "namespaces" => 3,
        _ => 1,
    };

    private async Task CleanAsync(string root, string resource, string ns, CancellationToken cancellation)
    {
        var collection = $"{root}/{(ns.Length > 0 ? $"namespaces/{ns}/" : "")}{resource}";
        if (resource == "events")
            await SendAsync(HttpMethod.Delete, collection, DeleteNow, "application/json", cancellation);
        else
            await Parallel.ForEachAsync(await ListAsync(collection, cancellation), cancellation, (metadata, c) => new(RemoveAsync(collection, resource, metadata, c)));
    }

    private async Task RemoveAsync(string collection, string resource, JsonObject metadata, CancellationToken cancellation)
    {
        var name = metadata["name"]!.ToString();
        if (IsKept(resource, name) || IsItsOwn(resource, metadata))
            return;
        var path = $"{collection}/{name}";
        if (metadata["finalizers"] is JsonArray { Count: > 0 })
            await SendAsync(HttpMethod.Patch, path, """{"metadata":{"finalizers":null}}""", "application/merge-patch+json", cancellation);
        await SendAsync(HttpMethod.Delete, path, DeleteNow, "application/json", cancellation);
        if (resource == "namespaces")
            await SendAsync(HttpMethod.Put, $"{path}/finalize", $$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}"},"spec":{"finalizers":[]}}""", "application/json", cancellation);
    }

    /// <summary>What an API server makes for itself: the roles of its components, its own namespaces and Service, its configuration and leases.</summary>
    private static bool IsItsOwn(string resource, JsonObject metadata) =>
        metadata["labels"]?["kubernetes.io/bootstrapping"] is not null
        || (metadata["namespace"]?.ToString(), resource) is ("kube-system" or "kube-public", "configmaps" or "leases" or "roles" or "rolebindings")
        || (resource, metadata["name"]!.ToString()) is ("namespaces", "default" or "kube-system" or "kube-public" or "kube-node-lease") or ("services", "kubernetes");

    private async Task<IEnumerable<JsonObject>> ListAsync(string collection, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(collection, UriKind.Relative));
        // Names are enough.
        request.Headers.Accept.ParseAdd("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        using var response = await client.SendAsync(request, cancellation);
        // A definition may be gone, and its objects with it.
        if (response.StatusCode == HttpStatusCode.NotFound)
            return [];
        var list = JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation))!;
        return (list["items"]?.AsArray() ?? []).Select(i => i!["metadata"]!.AsObject());
    }

    private async Task SendAsync(HttpMethod method, string path, string body, string type, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var response = await client.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode && response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Conflict))
            throw new InvalidOperationException($"Cleaning: {method} {path}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
