using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.BuiltinColumns;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of what pods use.</summary>
internal static class StorageColumns
{
    private static readonly (string Mode, string Short)[] AccessModes =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];

    public static IReadOnlyDictionary<string, IReadOnlyList<Column>> All { get; } = new Dictionary<string, IReadOnlyList<Column>>
    {
        ["configmaps"] = [ObjectName, Text("Data", json => $"{Count(json["data"]) + Count(json["binaryData"])}"), Age],
        ["secrets"] = [ObjectName, Text("Type", "type"), Text("Data", json => $"{Count(json["data"])}"), Age],
        ["persistentvolumeclaims"] =
        [
            ObjectName, Text("Status", json => json.IsTerminating ? "Terminating" : json.TextAt("status", "phase")),
            Text("Volume", json => json.TextAt("spec", "volumeName")),
            Text("Capacity", json => IsBound(json) ? Or(json.TextAt("status", "capacity", "storage"), "0") : ""),
            Text("Access Modes", json => IsBound(json) ? Modes(json) : ""), Text("StorageClass", json => json.TextAt("spec", "storageClassName")),
            Text("VolumeAttributesClass", json => Or(json.TextAt("spec", "volumeAttributesClassName"), "<unset>")), Age,
            Text("VolumeMode", json => Or(json.TextAt("spec", "volumeMode"), "<unset>")).Wide(),
        ],
    };

    private static bool IsBound(JsonObject claim) => claim.TextAt("spec", "volumeName").Length > 0;

    private static string Modes(JsonObject claim)
    {
        var modes = Strings(claim.At("status", "accessModes")).ToHashSet();
        return string.Join(',', AccessModes.Where(m => modes.Contains(m.Mode)).Select(m => m.Short));
    }

    private static int Count(JsonNode? map) => (map as JsonObject)?.Count ?? 0;
}
