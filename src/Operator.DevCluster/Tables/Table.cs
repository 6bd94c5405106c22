using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Tables;

/// <summary>meta.k8s.io/v1 Table: objects as kubectl get shows them.</summary>
internal static class Table
{
    /// <param name="includeObject">What of the object goes with its row: Metadata (unless said otherwise), Object or None.</param>
    public static JsonObject Of(
        ResourceDefinition resource, IEnumerable<JsonObject> objects, JsonObject metadata, string? includeObject, DateTimeOffset now, bool headers = true)
    {
        var columns = Columns(resource);
        return new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = headers ? new JsonArray([.. columns.Select(c => c.ToJson())]) : null,
            ["rows"] = new JsonArray([.. objects.Select(json => Row(json, columns, includeObject, now))]),
        };
    }

    private static IReadOnlyList<Column> Columns(ResourceDefinition resource) => resource.Strategy is CustomResourceStrategy custom
        ? CustomColumns.Of(custom.Version)
        : BuiltinColumns.Of(resource.StorageKey);

    private static JsonObject Row(JsonObject json, IReadOnlyList<Column> columns, string? includeObject, DateTimeOffset now)
    {
        JsonObject row = new() { ["cells"] = new JsonArray([.. columns.Select(c => c.Cell(json, now))]) };
        if (includeObject != "None")
            row["object"] = includeObject == "Object" ? json.Clone() : PartialMetadata.Of(json);
        return row;
    }
}
