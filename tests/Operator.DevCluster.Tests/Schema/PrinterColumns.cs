using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.DevCluster.Tests.Schema;

public static partial class PrinterColumns
{
    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Brackets();

    /// <summary>The type of the field that a printer column's path leads to; null if the schema has no such field.</summary>
    public static string? Type(JsonObject schema, string path)
    {
        JsonObject? at = schema;
        foreach (string step in Brackets().Replace(path, ".[]").TrimStart('.').Split('.'))
            at = step == "[]" ? at?["items"] as JsonObject : step is "creationTimestamp" ? new() { ["type"] = "string" } : at?.At("properties", step) as JsonObject;
        return at?.Text("type");
    }
}
