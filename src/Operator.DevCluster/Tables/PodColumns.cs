using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of pods. The status is the phase, or the reason of the container that says more.</summary>
internal static class PodColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        Column.ObjectName,
        Column.Text("Ready", json => $"{Ready(json)}/{json.Items("spec", "containers").Count()}"),
        Column.Text("Status", Status),
        new("Restarts", "string", (json, now) => Restarts(json, now)),
        Column.Age,
        Column.Text("IP", "status", "podIP").Wide(),
        Column.Text("Node", "spec", "nodeName").Wide(),
        Column.Text("Nominated Node", "status", "nominatedNodeName").Wide(),
        Column.Text("Readiness Gates", json => json.Items("spec", "readinessGates").Any() ? ReadinessGates(json) : Column.None).Wide(),
    ];

    private static int Ready(JsonObject json) =>
        json.Items("status", "containerStatuses").Count(c => c.Flag("ready") && c.At("state", "running") is not null);

    private static string Status(JsonObject json)
    {
        string phase = json.TextAt("status", "phase");
        if (json.IsTerminating && phase is not ("Succeeded" or "Failed"))
            return json.TextAt("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
        string reason = json.TextAt("status", "reason") is { Length: > 0 } given ? given : phase;
        if (Initializing(json) is { } initializing)
            return initializing;
        string failed = "";
        foreach (var state in json.Items("status", "containerStatuses").Reverse().Select(c => c["state"]).OfType<JsonObject>())
        {
            if (state.TextAt("waiting", "reason") is { Length: > 0 } waiting)
                reason = waiting;
            else if (state["terminated"] is JsonObject terminated)
            {
                reason = TerminationReason(terminated);
                failed = terminated.Number("exitCode") is not (null or 0) ? reason : failed;
            }
        }
        if (reason != "Completed")
            return reason;
        if (Ready(json) > 0)
            return IsTrue(json, "Ready") ? "Running" : "NotReady";
        return failed.Length > 0 ? failed : reason;
    }

    /// <summary>How far the init containers are; null once they are done.</summary>
    private static string? Initializing(JsonObject json)
    {
        if (IsTrue(json, "Initialized"))
            return null;
        int total = json.Items("spec", "initContainers").Count(), done = 0;
        foreach (var status in json.Items("status", "initContainerStatuses"))
        {
            if (status.At("state", "terminated") is JsonObject terminated)
            {
                if (terminated.Number("exitCode") != 0)
                    return "Init:" + TerminationReason(terminated);
                done++;
                continue;
            }
            string waiting = status.TextAt("state", "waiting", "reason");
            return waiting is "" or "PodInitializing" ? $"Init:{done}/{total}" : "Init:" + waiting;
        }
        return null;
    }

    private static string TerminationReason(JsonObject terminated) =>
        terminated.Text("reason") is { Length: > 0 } reason ? reason
        : terminated.Number("signal") is > 0 and var signal ? $"Signal:{signal}"
        : $"ExitCode:{terminated.Number("exitCode") ?? 0}";

    private static string Restarts(JsonObject json, DateTimeOffset now)
    {
        var containers = json.Items("status", "containerStatuses").ToList();
        long count = containers.Sum(c => c.Number("restartCount") ?? 0);
        string last = containers.Select(c => c.TextAt("lastState", "terminated", "finishedAt")).Append("").Max(StringComparer.Ordinal)!;
        return count > 0 && last.Length > 0 ? $"{count} ({HumanDuration.Since(last, now)} ago)" : $"{count}";
    }

    private static string ReadinessGates(JsonObject json)
    {
        var gates = json.Items("spec", "readinessGates").Select(g => g.Text("conditionType") ?? "").ToList();
        return $"{gates.Count(g => IsTrue(json, g))}/{gates.Count}";
    }

    private static bool IsTrue(JsonObject json, string condition) =>
        json.Items("status", "conditions").Any(c => c.Text("type") == condition && c.Text("status") == "True");
}
