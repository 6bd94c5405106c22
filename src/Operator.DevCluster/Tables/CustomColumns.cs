using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of a custom resource, from <c>additionalPrinterColumns</c> of its version.</summary>
internal static class CustomColumns
{
    private static readonly ConditionalWeakTable<JsonObject, List<Column>> Known = [];

    public static IReadOnlyList<Column> Of(JsonObject version) => Known.GetValue(version, Read);

    private static List<Column> Read(JsonObject version)
    {
        var additional = version.Items("additionalPrinterColumns").Select(FromJson).ToList();
        return [Column.ObjectName, .. additional.Count > 0 ? additional : [Column.Age]];
    }

    private static Column FromJson(JsonObject column)
    {
        string type = column.Text("type") ?? "string";
        var path = JsonPath.Parse(column.Text("jsonPath") ?? "");
        return new(column.Text("name") ?? "", type, (json, now) => Cell(type, path.First(json), now))
        {
            Format = column.Text("format") ?? "",
            Description = column.Text("description") ?? $"Custom resource definition column (in JSONPath format): {column.Text("jsonPath")}",
            Priority = (int)(column.Number("priority") ?? 0),
        };
    }

    private static JsonNode? Cell(string type, JsonNode? value, DateTimeOffset now) => (type, value) switch
    {
        (_, null) => null,
        ("date", _) => HumanDuration.Since(value.ToString(), now),
        ("string", JsonValue text) => text.ToString(),
        ("string", _) => value.ToJsonString(JsonText.Options),
        ("integer", JsonValue number) when number.TryGetValue(out double floating) => (long)floating,
        ("number" or "boolean", JsonValue plain) => plain.DeepClone(),
        _ => null,
    };
}
