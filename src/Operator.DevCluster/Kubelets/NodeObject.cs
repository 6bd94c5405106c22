using System.Globalization;
using System.Text.Json.Nodes;
using Operator.DevCluster.Discovery;

namespace Operator.DevCluster.Kubelets;

/// <summary>What a kubelet says of its node.</summary>
internal static class NodeObject
{
    public static string NameOf(int number) => $"node-{number.ToString(CultureInfo.InvariantCulture)}";

    public static JsonObject Named(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/arch"] = "amd64",
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = "linux",
            },
        },
    };

    /// <param name="node">What is given its status.</param>
    /// <param name="address">Where its kubelet is reached.</param>
    /// <param name="now">The time.</param>
    /// <param name="kubeletPort">Where the kubelet serves logs; none where the API server has them itself.</param>
    public static JsonObject WithStatus(JsonObject node, string address, DateTimeOffset now, int kubeletPort = 0)
    {
        JsonObject capacity = new() { ["cpu"] = "8", ["memory"] = "32Gi", ["ephemeral-storage"] = "100Gi", ["pods"] = "5000" };
        node["status"] = new JsonObject
        {
            ["capacity"] = capacity,
            ["allocatable"] = capacity.DeepClone(),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = address },
                new JsonObject { ["type"] = "Hostname", ["address"] = node.Name }),
            ["conditions"] = new JsonArray(
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
                Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
                Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now)),
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = kubeletPort } },
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
