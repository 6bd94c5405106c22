using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Operator.DevCluster.Tests.ClusterFixture))]

namespace Operator.DevCluster.Tests;

/// <summary>One whole cluster, its delays short, for all tests that need no cluster of their own; each takes a namespace of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private int namespaces;

    public EmbeddedCluster Cluster { get; private set; } = null!;

    public static EmbeddedClusterOptions Options { get; } = new()
    {
        PullsAnyImage = true,
        PullDelay = TimeSpan.FromMilliseconds(5),
        ReadinessDelay = TimeSpan.FromMilliseconds(10),
        StopDelay = TimeSpan.FromMilliseconds(5),
        BackOff = TimeSpan.FromMilliseconds(50),
    };

    public async ValueTask InitializeAsync() => Cluster = await EmbeddedCluster.StartAsync(Options);

    public async Task<Namespace> NamespaceAsync() => await Namespace.CreateAsync(Cluster, $"work-{Interlocked.Increment(ref namespaces)}");

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();
}

/// <summary>A namespace of a cluster with what a test asks of it.</summary>
public sealed class Namespace : IDisposable
{
    private Namespace(KubernetesCluster cluster, string name) =>
        (Cluster, Name, Api) = (cluster, name, new(cluster.Address, ("Authorization", $"Bearer {cluster.AdminToken}")));

    public KubernetesCluster Cluster { get; }
    public string Name { get; }
    public ApiClient Api { get; }

    public static async Task<Namespace> CreateAsync(KubernetesCluster cluster, string name)
    {
        Namespace made = new(cluster, name);
        _ = (await made.Api.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", name))).Ok;
        return made;
    }

    public string PathOf(string plural, string name = "")
    {
        string group = plural switch
        {
            "deployments" or "replicasets" or "statefulsets" or "daemonsets" or "controllerrevisions" => "apis/apps/v1",
            "jobs" or "cronjobs" => "apis/batch/v1",
            "endpointslices" => "apis/discovery.k8s.io/v1",
            "poddisruptionbudgets" => "apis/policy/v1",
            _ => "api/v1",
        };
        return $"/{group}/namespaces/{Name}/{plural}" + (name.Length > 0 ? $"/{name}" : "");
    }

    public async Task<JsonObject> CreateAsync(string plural, JsonObject json) => (await Api.CreateAsync(PathOf(plural), json)).Ok;

    public async Task<JsonObject> GetAsync(string plural, string name) => (await Api.GetAsync(PathOf(plural, name))).Ok;

    public async Task<JsonObject> MergeAsync(string plural, string name, string json) => (await Api.MergeAsync(PathOf(plural, name), JsonNode.Parse(json)!)).Ok;

    public async Task DeleteAsync(string plural, string name) => _ = (await Api.DeleteAsync(PathOf(plural, name))).Ok;

    public async Task<IReadOnlyList<JsonObject>> ListAsync(string plural, string query = "") =>
        [.. (await Api.GetAsync(PathOf(plural) + query)).Ok.Items("items")];

    /// <summary>Waits until the list of a resource is as it should be, and returns it.</summary>
    public async Task<IReadOnlyList<JsonObject>> UntilAsync(string plural, Func<IReadOnlyList<JsonObject>, bool> condition, string what)
    {
        IReadOnlyList<JsonObject> seen = [];
        try
        {
            await Waiting.UntilAsync(async () => condition(seen = await ListAsync(plural)), what);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} There were: {string.Join('\n', seen.Select(s => s.ToJsonString()))}");
        }
        return seen;
    }

    /// <summary>Waits for so many pods, all Ready and none of them going.</summary>
    public Task<IReadOnlyList<JsonObject>> ReadyPodsAsync(int count) =>
        UntilAsync("pods", pods => pods.Count == count && pods.All(p => p.IsReady && !p.IsTerminating), $"{count} pods are Ready");

    public async Task<JsonObject> UntilAsync(string plural, string name, Func<JsonObject, bool> condition, string what) =>
        (await UntilAsync(plural, all => all.Any(o => o.Name == name && condition(o)), what)).First(o => o.Name == name);

    /// <summary>
    /// Waits until the controllers have seen every change of a pod so far: they see pods in the order of their changes,
    /// so once a later one is bound the earlier ones are known.
    /// </summary>
    public async Task PodsAreSeenAsync()
    {
        string path = "/api/v1/namespaces/default/pods", name = $"later-{Guid.NewGuid()}";
        _ = (await Api.CreateAsync(path, Objects.Pod(name))).Ok;
        await Waiting.UntilAsync(async () => (await Api.GetAsync($"{path}/{name}")).Ok.TextAt("spec", "nodeName").Length > 0, "a later pod is bound");
        await Api.DeleteAsync($"{path}/{name}", new JsonObject { ["gracePeriodSeconds"] = 0 });
    }

    public void Dispose() => Api.Dispose();
}

/// <summary>What tests ask of pods and workloads.</summary>
public static class Workload
{
    extension(JsonObject json)
    {
        public bool IsReady => json.ConditionOf("Ready")?.Text("status") == "True";

        public JsonObject? ConditionOf(string type) => json.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == type);

        public string Image => json.Items("spec", "containers").First().TextAt("image");

        public JsonObject ContainerStatus => json.Items("status", "containerStatuses").First();

        /// <summary>Whether the status tells of the present generation.</summary>
        public bool IsObserved => json.NumberAt("status", "observedGeneration") == json.Generation;
    }

    /// <summary>A Deployment of one container; its pods' labels are <c>app=name</c>.</summary>
    public static JsonObject Deployment(string name, int replicas, string image = "registry.example/shop/cart:1.4", string more = "{}")
    {
        var deployment = Objects.Deployment(name);
        var spec = (JsonObject)deployment["spec"]!;
        spec["replicas"] = replicas;
        spec["template"]!["spec"]!["containers"]![0]!["image"] = image;
        foreach (var (key, value) in (JsonObject)JsonNode.Parse(more)!)
            spec[key] = value?.DeepClone();
        return deployment;
    }

    /// <summary>A DaemonSet of one container; its pods' labels are <c>app=name</c>.</summary>
    public static JsonObject DaemonSet(string name, string more = "{}")
    {
        var set = Deployment(name, 0, more: more);
        set["kind"] = "DaemonSet";
        set["spec"]!.AsObject().Remove("replicas");
        return set;
    }

    /// <summary>A StatefulSet of one container; its pods' labels are <c>app=name</c>.</summary>
    public static JsonObject StatefulSet(string name, int replicas, string more = "{}")
    {
        var set = Deployment(name, replicas, more: more);
        set["kind"] = "StatefulSet";
        set["spec"]!["serviceName"] = name;
        return set;
    }

    /// <summary>A Job of one container that is not restarted.</summary>
    public static JsonObject Job(string name, string image, string more = "{}")
    {
        var job = Deployment(name, 0, image, more);
        (job["apiVersion"], job["kind"]) = ("batch/v1", "Job");
        var spec = job["spec"]!.AsObject();
        spec.Remove("replicas");
        spec.Remove("selector");
        spec["template"]!["spec"]!["restartPolicy"] = "Never";
        return job;
    }

    public static string TemplateImage(string image) =>
        $$"""{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "{{image}}"}]} } } }""";
}
