using System.Text.Json.Nodes;
using Operator.DevCluster.Discovery;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>What a new cluster has before anybody uses it: namespaces and nodes.</summary>
internal static class ClusterBootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    public static void Run(ApiServer server, EmbeddedClusterOptions options)
    {
        WriteOptions writes = new() { FieldManager = "kube-apiserver" };
        foreach (string name in Namespaces)
            server.Registry.Create(Builtin("namespaces"), Object("Namespace", name), writes);
        for (int node = 1; node <= options.Nodes; node++)
        {
            var created = server.Registry.Create(Builtin("nodes"), Node($"node-{node}"), writes);
            server.Registry.Update(
                Builtin("nodes"), created.Name, json => WithStatus(json, node, options.Time.GetUtcNow()),
                new() { FieldManager = "kubelet", Subresource = "status" });
        }
    }

    private static ResourceDefinition Builtin(string plural) => Builtins.All.First(r => r.StorageKey == plural);

    private static JsonObject Object(string kind, string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
    };

    private static JsonObject Node(string name)
    {
        var node = Object("Node", name);
        node.EnsureMetadata()["labels"] = new JsonObject
        {
            ["kubernetes.io/arch"] = "amd64",
            ["kubernetes.io/hostname"] = name,
            ["kubernetes.io/os"] = "linux",
        };
        return node;
    }

    private static JsonObject WithStatus(JsonObject node, int number, DateTimeOffset now)
    {
        JsonObject capacity = new() { ["cpu"] = "8", ["memory"] = "32Gi", ["ephemeral-storage"] = "100Gi", ["pods"] = "5000" };
        node["status"] = new JsonObject
        {
            ["capacity"] = capacity,
            ["allocatable"] = capacity.DeepClone(),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = $"10.0.0.{number}" },
                new JsonObject { ["type"] = "Hostname", ["address"] = node.Name }),
            ["conditions"] = new JsonArray(
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
                Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
                Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now)),
            ["nodeInfo"] = new JsonObject
            {
                ["architecture"] = "amd64",
                ["operatingSystem"] = "linux",
                ["osImage"] = "Embedded",
                ["kernelVersion"] = "embedded",
                ["kubeletVersion"] = ServerVersion.Text,
                ["kubeProxyVersion"] = "",
                ["containerRuntimeVersion"] = "embedded://1.0",
                ["machineID"] = "",
                ["systemUUID"] = "",
                ["bootID"] = "",
            },
        };
        return node;
    }

    private static JsonObject Condition(string type, string status, string reason, string message, DateTimeOffset now) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["reason"] = reason,
        ["message"] = message,
        ["lastHeartbeatTime"] = Unstructured.Timestamp(now),
        ["lastTransitionTime"] = Unstructured.Timestamp(now),
    };
}
