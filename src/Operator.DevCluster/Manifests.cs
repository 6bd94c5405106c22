using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster;

/// <summary>Applies manifests to a cluster over its API, as <c>kubectl apply --server-side --force-conflicts</c> does.</summary>
internal sealed class Manifests(Uri address, ResourceCatalog catalog)
{
    public async Task ApplyAsync(string yaml, CancellationToken cancellation)
    {
        using HttpClient http = new() { BaseAddress = address };
        foreach (var manifest in Yaml.Documents(yaml))
        {
            using StringContent content = new(manifest.ToJsonString(), Encoding.UTF8, "application/apply-patch+yaml");
            using var response = await http.PatchAsync(new Uri(Path(manifest), UriKind.Relative), content, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                string status = await response.Content.ReadAsStringAsync(cancellation);
                throw new InvalidOperationException($"{manifest.Kind} {manifest.Name} was refused: {JsonNode.Parse(status)?["message"]}");
            }
        }
    }

    private string Path(JsonObject manifest)
    {
        var resource = catalog.OfKind(manifest.ApiVersion, manifest.Kind)
            ?? throw new InvalidOperationException($"There is no {manifest.Kind} in {manifest.ApiVersion}.");
        string space = manifest.Namespace.Length > 0 ? manifest.Namespace : "default";
        return $"{(resource.Group.Length == 0 ? "api" : "apis")}/{resource.GroupVersion}/{(resource.Namespaced ? $"namespaces/{space}/" : "")}{resource.Plural}/{manifest.Name}?fieldManager=embedded-cluster&force=true";
    }
}
