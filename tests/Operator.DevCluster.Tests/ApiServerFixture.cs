using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Operator.DevCluster.Tests.ApiServerFixture))]

namespace Operator.DevCluster.Tests;

/// <summary>One API server without controllers for all tests that need no server of their own; each takes a namespace of its own.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private int namespaces;

    public EmbeddedCluster Cluster { get; private set; } = null!;
    public ApiClient Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        Api = new(Cluster.Address);
    }

    public async Task<string> NamespaceAsync()
    {
        string name = $"test-{Interlocked.Increment(ref namespaces)}";
        _ = (await Api.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", name))).Ok;
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Cluster.DisposeAsync();
    }
}

public static class Objects
{
    public static JsonObject Of(string apiVersion, string kind, string name) => new()
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
    };

    public static JsonObject ConfigMap(string name, params (string Key, string Value)[] labels)
    {
        var map = Of("v1", "ConfigMap", name);
        map.EnsureMetadata()["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        return map;
    }

    public static JsonObject Pod(string name, string? node = null)
    {
        var pod = Of("v1", "Pod", name);
        pod["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "registry.example/shop/cart:1.4" }) };
        if (node is not null)
            pod["spec"]!["nodeName"] = node;
        return pod;
    }

    public static JsonObject Deployment(string name) => (JsonObject)JsonNode.Parse($$$"""
        {
          "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "{{{name}}}"},
          "spec": {
            "selector": {"matchLabels": {"app": "{{{name}}}"}},
            "template": {
              "metadata": {"labels": {"app": "{{{name}}}"}},
              "spec": {"containers": [{"name": "main", "image": "registry.example/shop/cart:1.4"}]}
            }
          }
        }
        """)!;
}
