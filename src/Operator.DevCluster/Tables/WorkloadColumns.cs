using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.BuiltinColumns;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of what makes pods.</summary>
internal static class WorkloadColumns
{
    private static readonly Column[] Containers = ContainersOf("spec");

    public static IReadOnlyDictionary<string, IReadOnlyList<Column>> All { get; } = new Dictionary<string, IReadOnlyList<Column>>
    {
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
        ["controllerrevisions.apps"] = [ObjectName, Text("Controller", Controller), Number("Revision", "revision"), Age],
        ["jobs.batch"] =
        [
            ObjectName, Text("Status", JobStatus), Text("Completions", JobCompletions),
            new("Duration", "string", (json, now) => JobDuration(json, now)), Age, .. Containers,
        ],
        ["cronjobs.batch"] =
        [
            ObjectName, Text("Schedule", "spec", "schedule"), Text("Timezone", "spec", "timeZone"),
            Text("Suspend", json => json.At("spec", "suspend")?.GetValue<bool>() is true ? "True" : "False"),
            new("Active", "integer", (json, _) => json.Items("status", "active").Count()),
            new("Last Schedule", "string", (json, now) =>
                json.TextAt("status", "lastScheduleTime") is { Length: > 0 } last ? HumanDuration.Since(last, now) : None),
            Age, .. ContainersOf("spec", "jobTemplate", "spec"),
        ],
    };

    private static Column[] ContainersOf(params string[] spec) =>
    [
        Text("Containers", json => Join(json.Items([.. spec, "template", "spec", "containers"]).Select(c => c.Text("name")))).Wide(),
        Text("Images", json => Join(json.Items([.. spec, "template", "spec", "containers"]).Select(c => c.Text("image")))).Wide(),
        Text("Selector", json => Selector(json.At([.. spec, "selector"]))).Wide(),
    ];

    private static string Value(JsonObject json, params ReadOnlySpan<string> path) => Or(json.TextAt(path), "0");

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

    private static string JobCompletions(JsonObject job)
    {
        string succeeded = Value(job, "status", "succeeded");
        return job.NumberAt("spec", "completions") is { } wanted ? $"{succeeded}/{wanted}"
            : job.NumberAt("spec", "parallelism") is > 1 and var parallel ? $"{succeeded}/1 of {parallel}"
            : $"{succeeded}/1";
    }

    private static string JobDuration(JsonObject job, DateTimeOffset now) => Unstructured.ParseTimestamp(job.TextAt("status", "startTime")) is { } start
        ? HumanDuration.Format((Unstructured.ParseTimestamp(job.TextAt("status", "completionTime")) ?? now) - start)
        : "";
}
