using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of events: when, what about, why.</summary>
internal static class EventColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        new("Last Seen", "string", (json, now) => HumanDuration.Since(LastSeen(json), now)),
        Text("Type", json => json.TextAt("type")),
        Text("Reason", json => json.TextAt("reason")),
        Text("Object", About),
        Text("Subobject", json => json.TextAt("involvedObject", "fieldPath")).Wide(),
        Text("Source", Source).Wide(),
        Text("Message", json => json.TextAt("message").Trim()),
        new Column("First Seen", "string", (json, now) => HumanDuration.Since(FirstSeen(json), now)).Wide(),
        new Column("Count", "integer", (json, _) => (json["series"] as JsonObject)?.Number("count") ?? json.Number("count") ?? 1).Wide(),
        Text("Name", json => json.Name).Wide() with { Format = "name" },
    ];

    private static string About(JsonObject json)
    {
        string kind = json.TextAt("involvedObject", "kind").ToLowerInvariant(), name = json.TextAt("involvedObject", "name");
        return name.Length == 0 ? kind : $"{kind}/{name}";
    }

    private static string FirstSeen(JsonObject json) => FirstOf(json.TextAt("firstTimestamp"), json.TextAt("eventTime"));

    private static string LastSeen(JsonObject json) =>
        FirstOf(json.TextAt("series", "lastObservedTime"), json.TextAt("lastTimestamp"), FirstSeen(json));

    private static string Source(JsonObject json)
    {
        string component = FirstOf(json.TextAt("source", "component"), json.TextAt("reportingComponent"));
        string instance = FirstOf(json.TextAt("source", "host"), json.TextAt("reportingInstance"));
        return instance.Length == 0 ? component : $"{component}, {instance}";
    }

    private static string FirstOf(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Length > 0)
                return text;
        }
        return "";
    }
}
