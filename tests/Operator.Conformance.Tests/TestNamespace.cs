using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests;

/// <summary>A namespace of a test's own. Paths are those of collections in it; an object's is the collection's and its name.</summary>
public sealed class TestNamespace : IAsyncDisposable
{
    private TestNamespace(ApiClient api, string name) => (Api, Name) = (api, name);

    public ApiClient Api { get; }
    public string Name { get; }

    /// <summary>Nobody but a test makes any of these: a namespace begins without them.</summary>
    public string Leases => $"/apis/coordination.k8s.io/v1/namespaces/{Name}/leases";
    public string ConfigMaps => $"/api/v1/namespaces/{Name}/configmaps";
    public string Pods => $"/api/v1/namespaces/{Name}/pods";
    public string Deployments => $"/apis/apps/v1/namespaces/{Name}/deployments";
    public string Budgets => $"/apis/policy/v1/namespaces/{Name}/poddisruptionbudgets";
    public string Itself => $"/api/v1/namespaces/{Name}";

    public static async Task<TestNamespace> CreateAsync(ApiClient api, string name)
    {
        _ = (await api.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", name))).Ok;
        TestNamespace made = new(api, name);
        // Pods need it; where a controller makes it, that one may be the faster or the slower.
        await api.CreateAsync($"{made.Itself}/serviceaccounts", Objects.Of("v1", "ServiceAccount", "default"));
        return made;
    }

    public string WidgetsOf(ConformanceCluster cluster) => cluster.Widgets.In(Name);

    public static JsonObject Lease(string name, params (string Key, string Value)[] labels)
    {
        var lease = Objects.Of("coordination.k8s.io/v1", "Lease", name);
        lease.EnsureMetadata()["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        return lease;
    }

    public async Task<JsonObject> CreateAsync(string collection, JsonObject json) => (await Api.CreateAsync(collection, json)).Ok;

    /// <summary>A pod that no scheduler and no kubelet looks after; with a node it is as good as bound to it.</summary>
    public Task<JsonObject> CreatePodAsync(string name, string? node = null, params (string Key, string Value)[] labels)
    {
        var pod = Objects.Pod(name, node);
        pod["spec"]!["schedulerName"] = "none";
        pod["spec"]!["automountServiceAccountToken"] = false;
        pod.EnsureMetadata()["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        return CreateAsync(Pods, pod);
    }

    /// <summary>Names of a list's items.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string path) => [.. (await Api.GetAsync(path)).Ok.Items("items").Select(i => i.Name)];

    public async ValueTask DisposeAsync() => await Api.DeleteAsync(Itself);
}
