using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tables;

/// <summary>One column of a table: what it is called and what it shows of an object. A priority above 0 is for wide output.</summary>
internal sealed record Column(string Name, string Type, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public const string None = "<none>";

    public string Format { get; init; } = "";
    public string Description { get; init; } = "";
    public int Priority { get; init; }

    public static Column ObjectName { get; } = new("Name", "string", (json, _) => json.Name) { Format = "name" };

    public static Column Age { get; } = new("Age", "string", (json, now) => HumanDuration.Since(json.TextAt("metadata", "creationTimestamp"), now));

    public static Column Text(string name, Func<JsonObject, string> cell) => new(name, "string", (json, _) => cell(json));

    /// <summary>The text at a path, or that there is none.</summary>
    public static Column Text(string name, params string[] path) => Text(name, json => json.TextAt(path) is { Length: > 0 } text ? text : None);

    /// <summary>The number at a path, or 0.</summary>
    public static Column Number(string name, params string[] path) =>
        new(name, "integer", (json, _) => json.NumberAt(path) ?? 0);

    public Column Wide() => this with { Priority = 1 };

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}
