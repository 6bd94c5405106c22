using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>Objects that tests send.</summary>
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
