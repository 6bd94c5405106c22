using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.DevCluster;

/// <summary>Applies manifests to a cluster over its API, as <c>kubectl apply --server-side --force-conflicts</c> does.</summary>
internal sealed class Manifests(Uri address, string token)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task ApplyAsync(string yaml, CancellationToken cancellation)
    {
        using HttpClient http = new() { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("manifests");
        foreach (var manifest in Yaml.Documents(yaml))
        {
            await ApplyAsync(http, manifest, cancellation);
            if (manifest.Kind == "CustomResourceDefinition")
                await ServedAsync(http, manifest, cancellation);
        }
    }

    private static async Task ApplyAsync(HttpClient http, JsonObject manifest, CancellationToken cancellation)
    {
        using StringContent content = new(manifest.ToJsonString(), Encoding.UTF8, "application/apply-patch+yaml");
        using var response = await http.PatchAsync(new Uri(await PathAsync(http, manifest, cancellation), UriKind.Relative), content, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{manifest.Kind} {manifest.Name} was refused: {await MessageAsync(response, cancellation)}");
    }

    private static async Task<string> PathAsync(HttpClient http, JsonObject manifest, CancellationToken cancellation)
    {
        var root = $"{(manifest.ApiVersion.Contains('/') ? "apis" : "api")}/{manifest.ApiVersion}";
        var resource = await FindAsync(http, root, manifest.Kind, cancellation)
            ?? throw new InvalidOperationException($"There is no {manifest.Kind} in {manifest.ApiVersion}.");
        string space = manifest.Namespace.Length > 0 ? manifest.Namespace : "default";
        bool namespaced = resource["namespaced"]?.GetValue<bool>() is true;
        return $"{root}/{(namespaced ? $"namespaces/{space}/" : "")}{resource.Text("name")}/{manifest.Name}?fieldManager=embedded-cluster&force=true";
    }

    private static async Task<JsonObject?> FindAsync(HttpClient http, string root, string kind, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri(root, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        var list = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation));
        return (list?["resources"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(r => r.Text("kind") == kind && r.Text("name")?.Contains('/') is false);
    }

    /// <summary>A real API server takes a moment until it serves what a definition defines.</summary>
    private static async Task ServedAsync(HttpClient http, JsonObject definition, CancellationToken cancellation)
    {
        var spec = (JsonObject)definition["spec"]!;
        var root = $"apis/{spec.Text("group")}/{spec["versions"]![0]!["name"]}";
        var kind = spec["names"]!["kind"]!.ToString();
        var plural = spec["names"]!["plural"]!.ToString();
        var since = TimeProvider.System.GetTimestamp();
        while (await FindAsync(http, root, kind, cancellation) is null || !await AnswersAsync(http, $"{root}/{plural}", cancellation))
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"{kind} is not served.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri($"{path}?limit=1", UriKind.Relative), cancellation);
        return response.IsSuccessStatusCode;
    }

    private static async Task<string> MessageAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string status = await response.Content.ReadAsStringAsync(cancellation);
        return status.StartsWith('{') ? JsonNode.Parse(status)?["message"]?.ToString() ?? status : status;
    }
}
