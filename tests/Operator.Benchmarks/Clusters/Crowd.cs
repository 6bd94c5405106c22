using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Benchmarks.Clusters;

/// <summary>
/// Thousands of pods such as people have: sidecars, probes, volumes, a full status, and what the API server writes of who owns which field. No scheduler
/// takes them, so that they run nowhere. Ten each are owned by one ConfigMap, which stands for a workload and which no controller follows.
/// </summary>
internal sealed class Crowd(BenchedCluster cluster)
{
    private const int PodsOfAnOwner = 10, PodsOfANamespace = 500;
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 8 };
    private static readonly string Template = JsonNode.Parse(ReadTemplate())!.ToJsonString();

    public int Pods { get; private set; }

    /// <summary>How large one pod is in a list, on average.</summary>
    public double BytesOfAPod { get; private set; }

    public async Task GrowAsync(int pods)
    {
        for (var ns = Pods / PodsOfANamespace; ns * PodsOfANamespace < pods; ns++)
            await cluster.NamespaceAsync(Namespace(ns * PodsOfANamespace));
        await Parallel.ForEachAsync(Enumerable.Range(Pods / PodsOfAnOwner, (pods - Pods) / PodsOfAnOwner), AtOnce, async (owner, _) => await OwnedAsync(owner));
        Pods = pods;
        var (_, list) = await cluster.Bare.CallAsync(HttpMethod.Get, $"api/v1/namespaces/{Namespace(0)}/pods?limit=100", default, "");
        BytesOfAPod = list.Length / 100.0;
    }

    /// <summary>The bare list of all of them.</summary>
    public async Task<double> ListAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        await cluster.Bare.ListAsync("api/v1/pods");
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>One of them as a finding names it.</summary>
    public async Task<ShopPod> PodAsync(int number)
    {
        var metadata = (await cluster.Bare.GetAsync($"api/v1/namespaces/{Namespace(number)}/pods/{Name(number)}"))["metadata"]!;
        return new(Namespace(number), Name(number), metadata["uid"]!.ToString(), "", "");
    }

    private async Task OwnedAsync(int owner)
    {
        var first = owner * PodsOfAnOwner;
        var map = string.Create(CultureInfo.InvariantCulture, $"owner-{owner}");
        var made = await cluster.Bare.CreateAsync($"api/v1/namespaces/{Namespace(first)}/configmaps", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = map } });
        for (var number = first; number < first + PodsOfAnOwner; number++)
        {
            var pod = (JsonObject)JsonNode.Parse(Template
                .Replace("OWNER-UID", made["metadata"]!["uid"]!.ToString(), StringComparison.Ordinal).Replace("OWNER", map, StringComparison.Ordinal)
                .Replace("NAME", Name(number), StringComparison.Ordinal).Replace("APP", App(owner), StringComparison.Ordinal)
                .Replace("DIGEST", Hash($"image of {App(owner)}"), StringComparison.Ordinal).Replace("CONTAINER", Hash(Name(number))[1..], StringComparison.Ordinal))!;
            var collection = $"api/v1/namespaces/{Namespace(number)}/pods";
            var created = await cluster.Bare.CreateAsync(collection, pod);
            created["status"] = pod["status"]!.DeepClone();
            await cluster.Bare.SendAsync(HttpMethod.Put, $"{collection}/{Name(number)}/status", created.ToJsonString());
        }
    }

    private static string Namespace(int pod) => string.Create(CultureInfo.InvariantCulture, $"crowd-{pod / PodsOfANamespace}");

    private static string App(int owner) => string.Create(CultureInfo.InvariantCulture, $"service-{owner % 100}");

    private static string Name(int pod) => string.Create(CultureInfo.InvariantCulture, $"{App(pod / PodsOfAnOwner)}-6d4f9c7b58-{pod:x5}");

    private static string Hash(string of) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(of)));

    private static string ReadTemplate()
    {
        using StreamReader reader = new(typeof(Crowd).Assembly.GetManifestResourceStream("RealisticPod.json")!);
        return reader.ReadToEnd();
    }
}
