using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Benchmarks.Clusters;

/// <summary>A pod as a finding names it.</summary>
internal sealed record ShopPod(string Namespace, string Name, string Uid, string ResourceVersion, string App);

/// <summary>Deployments in several namespaces, whose templates name a trusted digest.</summary>
internal sealed class Shop(BenchedCluster cluster, int namespaces, int deploymentsEach, int replicas)
{
    private readonly Dictionary<string, Queue<ShopPod>> originals = [];

    public int Pods => namespaces * deploymentsEach * replicas;

    public string NamespaceOf(int number) => string.Create(CultureInfo.InvariantCulture, $"shop-{number % namespaces}");

    public async Task OpenAsync()
    {
        var image = await cluster.TrustedImageAsync();
        for (var ns = 0; ns < namespaces; ns++)
        {
            await cluster.NamespaceAsync(NamespaceOf(ns));
            for (var app = 0; app < deploymentsEach; app++)
                await cluster.ApplyAsync(Deployment(NamespaceOf(ns), $"app-{app.ToString(CultureInfo.InvariantCulture)}", image));
        }
        await WholeAsync();
        foreach (var pods in (await PodsAsync()).GroupBy(p => p.Namespace))
            originals[pods.Key] = new(pods);
    }

    /// <summary>Every pod that it wants is Ready.</summary>
    public Task WholeAsync() => Waiting.UntilAsync(async () => (await PodsAsync()).Count == Pods, "every pod of the shop is Ready", TimeSpan.FromMinutes(4));

    /// <summary>A pod that replaces none: a second finding on a replacement would be a matter for a person.</summary>
    public ShopPod Take(string ns) => originals[ns].Dequeue();

    /// <summary>Its Ready pods, of all its namespaces or of one.</summary>
    public async Task<IReadOnlyList<ShopPod>> PodsAsync(string? ns = null)
    {
        List<ShopPod> pods = [];
        foreach (var of in ns is null ? Enumerable.Range(0, namespaces).Select(NamespaceOf) : [ns])
            pods.AddRange((await cluster.Bare.GetAsync($"api/v1/namespaces/{of}/pods"))["items"]!.AsArray().OfType<JsonObject>().Where(IsReady).Select(Pod));
        return pods;
    }

    public static bool IsReady(JsonObject pod) =>
        pod["metadata"]!["deletionTimestamp"] is null && pod["metadata"]!["labels"]?["app"] is not null
        && (pod["status"]?["conditions"] as JsonArray)?.Any(c => c!["type"]!.ToString() == "Ready" && c["status"]!.ToString() == "True") is true;

    public static ShopPod Pod(JsonObject pod) => pod["metadata"]!.AsObject() is var m
        ? new(m["namespace"]!.ToString(), m["name"]!.ToString(), m["uid"]!.ToString(), m["resourceVersion"]!.ToString(), m["labels"]!["app"]!.ToString())
        : throw new System.Diagnostics.UnreachableException();

    private string Deployment(string ns, string app, string image) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{app}}, namespace: {{ns}}}
        spec:
          replicas: {{replicas.ToString(CultureInfo.InvariantCulture)}}
          selector: {matchLabels: {app: {{app}} } }
          template:
            metadata: {labels: {app: {{app}} } }
            spec:
              containers: [{name: main, image: "{{image}}"}]
        """;
}
