using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of the builtin resources, as in Kubernetes' own printers.</summary>
internal static class BuiltinColumns
{
    private static readonly Column[] Containers =
    [
        Text("Containers", json => Join(json.Items("spec", "template", "spec", "containers").Select(c => c.Text("name")))).Wide(),
        Text("Images", json => Join(json.Items("spec", "template", "spec", "containers").Select(c => c.Text("image")))).Wide(),
        Text("Selector", json => Selectors.LabelSelector.FromJson(json.At("spec", "selector") as JsonObject ?? []).ToString()).Wide(),
    ];

    private static readonly Dictionary<string, IReadOnlyList<Column>> Columns = new()
    {
        ["pods"] = PodColumns.All,
        ["namespaces"] = [ObjectName, Text("Status", "status", "phase"), Age],
        ["nodes"] = NodeColumns.All,
        ["services"] =
        [
            ObjectName, Text("Type", "spec", "type"), Text("Cluster-IP", "spec", "clusterIP"),
            Text("External-IP", json => Join(Strings(json.At("spec", "externalIPs")))), Text("Port(s)", Ports), Age,
            Text("Selector", json => Labels(json.At("spec", "selector"))).Wide(),
        ],
        ["configmaps"] = [ObjectName, Text("Data", json => $"{Count(json["data"]) + Count(json["binaryData"])}"), Age],
        ["secrets"] = [ObjectName, Text("Type", "type"), Text("Data", json => $"{Count(json["data"])}"), Age],
        ["events"] = EventColumns.All,
        ["deployments.apps"] =
        [
            ObjectName, Text("Ready", json => $"{Value(json, "status", "readyReplicas")}/{Value(json, "spec", "replicas")}"),
            Number("Up-to-date", "status", "updatedReplicas"), Number("Available", "status", "availableReplicas"), Age, .. Containers,
        ],
        ["replicasets.apps"] =
        [
            ObjectName, Number("Desired", "spec", "replicas"), Number("Current", "status", "replicas"), Number("Ready", "status", "readyReplicas"),
            Age, .. Containers,
        ],
        ["statefulsets.apps"] =
        [
            ObjectName, Text("Ready", json => $"{Value(json, "status", "readyReplicas")}/{Value(json, "spec", "replicas")}"), Age, .. Containers[..2],
        ],
        ["daemonsets.apps"] =
        [
            ObjectName, Number("Desired", "status", "desiredNumberScheduled"), Number("Current", "status", "currentNumberScheduled"),
            Number("Ready", "status", "numberReady"), Number("Up-to-date", "status", "updatedNumberScheduled"),
            Number("Available", "status", "numberAvailable"),
            Text("Node Selector", json => Labels(json.At("spec", "template", "spec", "nodeSelector"))), Age, .. Containers,
        ],
        ["controllerrevisions.apps"] =
        [
            ObjectName, Text("Controller", Controller), Number("Revision", "revision"), Age,
        ],
        ["jobs.batch"] =
        [
            ObjectName, Text("Status", JobStatus), Text("Completions", json => $"{Value(json, "status", "succeeded")}/{json.TextAt("spec", "completions")}"),
            new("Duration", "string", (json, now) => JobDuration(json, now)), Age, .. Containers,
        ],
        ["cronjobs.batch"] =
        [
            ObjectName, Text("Schedule", "spec", "schedule"), Text("Timezone", "spec", "timeZone"), Text("Suspend", json => json.At("spec", "suspend")?.GetValue<bool>() is true ? "True" : "False"),
            new("Active", "integer", (json, _) => json.Items("status", "active").Count()),
            new("Last Schedule", "string", (json, now) =>
                json.TextAt("status", "lastScheduleTime") is { Length: > 0 } last ? HumanDuration.Since(last, now) : None),
            Age,
        ],
        ["rolebindings.rbac.authorization.k8s.io"] = [ObjectName, Text("Role", Role), Age],
        ["clusterrolebindings.rbac.authorization.k8s.io"] = [ObjectName, Text("Role", Role), Age],
        ["endpointslices.discovery.k8s.io"] =
        [
            ObjectName, Text("AddressType", "addressType"), Text("Ports", json => Join(json.Items("ports").Select(p => p.TextAt("port")))),
            Text("Endpoints", json => Join(json.Items("endpoints").SelectMany(e => Strings(e["addresses"])), limit: 3)), Age,
        ],
        ["networkpolicies.networking.k8s.io"] =
        [
            ObjectName,
            Text("Pod-Selector", json => Selectors.LabelSelector.FromJson(json.At("spec", "podSelector") as JsonObject ?? []).ToString()), Age,
        ],
        ["poddisruptionbudgets.policy"] =
        [
            ObjectName, Text("Min Available", json => Or(json.TextAt("spec", "minAvailable"), "N/A")),
            Text("Max Unavailable", json => Or(json.TextAt("spec", "maxUnavailable"), "N/A")),
            Number("Allowed Disruptions", "status", "disruptionsAllowed"), Age,
        ],
        ["leases.coordination.k8s.io"] = [ObjectName, Text("Holder", json => json.TextAt("spec", "holderIdentity")), Age],
        ["priorityclasses.scheduling.k8s.io"] =
        [
            ObjectName, Number("Value", "value"), new("Global-Default", "boolean", (json, _) => json.Flag("globalDefault")), Age,
        ],
        ["customresourcedefinitions.apiextensions.k8s.io"] =
        [
            ObjectName, new("Created At", "date", (json, _) => json.TextAt("metadata", "creationTimestamp")),
        ],
    };

    private static readonly IReadOnlyList<Column> Plain = [ObjectName, Age];

    public static IReadOnlyList<Column> Of(string resource) => Columns.GetValueOrDefault(resource, Plain);

    internal static string Join(IEnumerable<string?> texts, int limit = int.MaxValue)
    {
        var all = texts.OfType<string>().ToList();
        return all.Count switch
        {
            0 => None,
            _ when all.Count > limit => $"{string.Join(',', all.Take(limit))} + {all.Count - limit} more...",
            _ => string.Join(',', all),
        };
    }

    private static IEnumerable<string> Strings(JsonNode? list) => list is JsonArray array ? array.Select(i => i?.ToString() ?? "") : [];

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    private static string Value(JsonObject json, params ReadOnlySpan<string> path) => Or(json.TextAt(path), "0");

    private static int Count(JsonNode? map) => (map as JsonObject)?.Count ?? 0;

    private static string Labels(JsonNode? map) => Join((map as JsonObject ?? []).Select(l => $"{l.Key}={l.Value}"));

    private static string Ports(JsonObject service) =>
        Join(service.Items("spec", "ports").Select(p => p["nodePort"] is { } node ? $"{p["port"]}:{node}/{p["protocol"]}" : $"{p["port"]}/{p["protocol"]}"));

    private static string Role(JsonObject binding) => $"{binding.TextAt("roleRef", "kind")}/{binding.TextAt("roleRef", "name")}";

    private static string Controller(JsonObject revision) =>
        revision.OwnerReferences?.OfType<JsonObject>().FirstOrDefault(r => r.Flag("controller")) is { } owner
            ? $"{owner.Text("kind")?.ToLowerInvariant()}.apps/{owner.Text("name")}"
            : None;

    private static string JobStatus(JsonObject job)
    {
        bool Has(string type) => job.Items("status", "conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");
        return Has("Complete") ? "Complete" : Has("Failed") ? "Failed" : job.IsTerminating ? "Terminating" : Has("Suspended") ? "Suspended"
            : Has("FailureTarget") ? "FailureTarget" : Has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
    }

    private static string JobDuration(JsonObject job, DateTimeOffset now) => Unstructured.ParseTimestamp(job.TextAt("status", "startTime")) is { } start
        ? HumanDuration.Format((Unstructured.ParseTimestamp(job.TextAt("status", "completionTime")) ?? now) - start)
        : "";
}
