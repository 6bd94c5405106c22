using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of the builtin resources, as in Kubernetes' own printers.</summary>
internal static class BuiltinColumns
{
    private static readonly Dictionary<string, IReadOnlyList<Column>> Columns = new(
        [.. WorkloadColumns.All, .. NetworkColumns.All, .. StorageColumns.All, .. PolicyColumns.All])
    {
        ["pods"] = PodColumns.All,
        ["nodes"] = NodeColumns.All,
        ["events"] = EventColumns.All,
        ["namespaces"] = [ObjectName, Text("Status", "status", "phase"), Age],
        ["serviceaccounts"] = [ObjectName, Age],
        ["leases.coordination.k8s.io"] = [ObjectName, Text("Holder", json => json.TextAt("spec", "holderIdentity")), Age],
    };

    /// <summary>What nobody has thought of columns for, roles and definitions among it.</summary>
    private static readonly IReadOnlyList<Column> Plain = [ObjectName, new("Created At", "date", (json, _) => json.TextAt("metadata", "creationTimestamp"))];

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

    internal static IEnumerable<string> Strings(JsonNode? list) => list is JsonArray array ? array.Select(i => i?.ToString() ?? "") : [];

    internal static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    internal static string Labels(JsonNode? map) => Join((map as JsonObject ?? []).Select(l => $"{l.Key}={l.Value}"));

    internal static string Selector(JsonNode? selector) => Or(Selectors.LabelSelector.FromJson(selector as JsonObject ?? []).ToString(), None);
}
