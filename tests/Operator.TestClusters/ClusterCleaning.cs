using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.TestClusters;

/// <summary>
/// Makes a real API server, which has no namespace controller and no garbage collector, as good as new: takes away whatever it did not make itself.
/// </summary>
internal sealed class ClusterCleaning(HttpClient client)
{
    private const string OwnGroup = "immutablerecovery.io";

    /// <summary>What an API server makes for itself, or only computes.</summary>
    private static readonly HashSet<string> ItsOwn =
    [
        "apiservices", "componentstatuses", "flowschemas", "prioritylevelconfigurations", "priorityclasses", "ipaddresses", "servicecidrs", "namespaces", "events", "endpoints",
    ];

    /// <summary>What it keeps for itself where it keeps it.</summary>
    private static readonly HashSet<(string Namespace, string Resource)> Kept =
    [
        ("kube-system", "configmaps"), ("kube-system", "leases"), ("kube-system", "roles"), ("kube-system", "rolebindings"),
        ("kube-public", "roles"), ("kube-public", "rolebindings"), ("default", "endpointslices"),
    ];

    private static readonly HashSet<string> FirstNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public async Task RunAsync(CancellationToken cancellation)
    {
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiServerProcess.AdminToken);
        var resources = (await Task.WhenAll(ResourcesAsync("apis", cancellation), ResourcesAsync("api", cancellation))).SelectMany(r => r).ToList();
        // Definitions last: their objects go before them. Bindings of admission first, lest they refuse the rest.
        foreach (var (root, name) in resources.OrderBy(r => r.Name switch { _ when r.Root.Contains("admissionregistration", StringComparison.Ordinal) => 0, "customresourcedefinitions" => 2, _ => 1 }))
            await CleanAsync(root, name, cancellation);
        await CleanNamespacesAsync(cancellation);
    }

    private async Task<IReadOnlyList<(string Root, string Name)>> ResourcesAsync(string root, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(root, UriKind.Relative));
        request.Headers.Accept.ParseAdd("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        var groups = await ReadAsync(request, cancellation);
        return
        [
            .. from g in groups["items"]!.AsArray()
               let version = g!["versions"]![0]!
               let path = root == "api" ? $"api/{version["version"]}" : $"apis/{g["metadata"]!["name"]}/{version["version"]}"
               from r in version["resources"]!.AsArray()
               let verbs = r!["verbs"]!.AsArray().Select(v => v!.ToString()).ToHashSet()
               let name = r["resource"]!.ToString()
               where verbs.Contains("list") && verbs.Contains("delete") && !ItsOwn.Contains(name)
               select (path, name),
        ];
    }

    private async Task CleanAsync(string root, string resource, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"{root}/{resource}", UriKind.Relative));
        // Names are enough.
        request.Headers.Accept.ParseAdd("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        var list = await ReadAsync(request, cancellation);
        foreach (var metadata in (list["items"]?.AsArray() ?? []).Select(i => i!["metadata"]!.AsObject()))
        {
            var (ns, name) = (metadata["namespace"]?.ToString() ?? "", metadata["name"]!.ToString());
            if (Kept.Contains((ns, resource)) || (ns, name, resource) is ("default", "kubernetes", "services") || IsItsOwn(metadata) || (resource == "customresourcedefinitions" && name.EndsWith(OwnGroup, StringComparison.Ordinal)))
                continue;
            var path = $"{root}/{(ns.Length > 0 ? $"namespaces/{ns}/" : "")}{resource}/{name}";
            if (metadata["finalizers"] is JsonArray { Count: > 0 })
                await SendAsync(HttpMethod.Patch, path, """{"metadata":{"finalizers":null}}""", "application/merge-patch+json", cancellation);
            await SendAsync(HttpMethod.Delete, path, """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}""", "application/json", cancellation);
        }
    }

    private static bool IsItsOwn(JsonObject metadata) => metadata["labels"]?["kubernetes.io/bootstrapping"] is not null;

    private async Task CleanNamespacesAsync(CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("api/v1/namespaces", UriKind.Relative));
        foreach (var name in (await ReadAsync(request, cancellation))["items"]!.AsArray().Select(n => n!["metadata"]!["name"]!.ToString()))
        {
            if (FirstNamespaces.Contains(name))
                continue;
            await SendAsync(HttpMethod.Delete, $"api/v1/namespaces/{name}", "{}", "application/json", cancellation);
            await SendAsync(HttpMethod.Put, $"api/v1/namespaces/{name}/finalize", $$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}"},"spec":{"finalizers":[]}}""", "application/json", cancellation);
        }
    }

    private async Task<JsonNode> ReadAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await client.SendAsync(request, cancellation);
        return JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation))!;
    }

    private async Task SendAsync(HttpMethod method, string path, string body, string type, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var response = await client.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode && response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Conflict))
            throw new InvalidOperationException($"Cleaning: {method} {path}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
