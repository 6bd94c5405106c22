using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of nodes.</summary>
internal static class NodeColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static IReadOnlyList<Column> All { get; } =
    [
        ObjectName,
        Text("Status", Status),
        Text("Roles", json => BuiltinColumns.Join(
            (json.Labels ?? []).Where(l => l.Key.StartsWith(RolePrefix, StringComparison.Ordinal)).Select(l => l.Key[RolePrefix.Length..]))),
        Age,
        Text("Version", "status", "nodeInfo", "kubeletVersion"),
        Text("Internal-IP", json => Address(json, "InternalIP")).Wide(),
        Text("External-IP", json => Address(json, "ExternalIP")).Wide(),
        Text("OS-Image", "status", "nodeInfo", "osImage").Wide(),
        Text("Kernel-Version", Kernel).Wide(),
        Text("Container-Runtime", "status", "nodeInfo", "containerRuntimeVersion").Wide(),
    ];

    private static string Status(JsonObject node)
    {
        var ready = node.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == "Ready");
        string status = ready is null ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        return node["spec"] is JsonObject spec && spec.Flag("unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string Kernel(JsonObject node)
    {
        string version = node.TextAt("status", "nodeInfo", "kernelVersion"), architecture = node.TextAt("status", "nodeInfo", "architecture");
        return BuiltinColumns.Or(version, "<unknown>") + (architecture.Length > 0 ? $" ({architecture})" : "");
    }

    private static string Address(JsonObject node, string type) =>
        node.Items("status", "addresses").FirstOrDefault(a => a.Text("type") == type)?.Text("address") ?? None;
}
