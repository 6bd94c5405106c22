using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using k8s;

namespace Operator.DevCluster.Kubelets;

/// <summary>Kubelets make themselves known to an API server, as nodes that are Ready.</summary>
internal static class NodeRegistration
{
    public static async Task RunAsync(KubernetesClientConfiguration server, EmbeddedClusterOptions options, int kubeletPort, CancellationToken cancellation)
    {
        using HttpClient http = new() { BaseAddress = new(server.Host) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.AccessToken);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("kubelet");
        for (int number = 1; number <= options.Nodes; number++)
        {
            var name = NodeObject.NameOf(number);
            await SendAsync(http, HttpMethod.Post, "api/v1/nodes", NodeObject.Named(name), "application/json", cancellation);
            var status = NodeObject.WithStatus(NodeObject.Named(name), IPAddress.Loopback.ToString(), options.Time.GetUtcNow(), kubeletPort);
            await SendAsync(http, HttpMethod.Patch, $"api/v1/nodes/{name}/status", status, "application/merge-patch+json", cancellation);
            // A new node is born tainted as not ready, and the node controller, which is not here, would lift that.
            await SendAsync(http, HttpMethod.Patch, $"api/v1/nodes/{name}", new() { ["spec"] = new JsonObject { ["taints"] = null } }, "application/merge-patch+json", cancellation);
        }
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, JsonObject body, string type, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative)) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, type) };
        using var response = await http.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.Conflict)
            throw new InvalidOperationException($"{method} {path}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
