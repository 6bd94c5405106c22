using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>Who owns fields, and how he came to: one entry of <c>metadata.managedFields</c> each.</summary>
internal sealed record FieldManager(string Name, string Operation, string ApiVersion, string Subresource)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    /// <summary>Whoever applies is the same manager at every version of the API.</summary>
    public bool Is(JsonObject entry) =>
        entry.Text("manager") == Name && entry.Text("operation") == Operation && (entry.Text("subresource") ?? "") == Subresource
        && (Operation == Apply || entry.Text("apiVersion") == ApiVersion);

    public JsonObject Entry(JsonObject fields, string? time)
    {
        JsonObject entry = new() { ["manager"] = Name, ["operation"] = Operation, ["apiVersion"] = ApiVersion };
        if (time is not null)
            entry["time"] = time;
        entry["fieldsType"] = "FieldsV1";
        entry["fieldsV1"] = fields;
        if (Subresource.Length > 0)
            entry["subresource"] = Subresource;
        return entry;
    }

    /// <summary>The manager of an entry as conflicts name it.</summary>
    public static string Describe(JsonObject entry)
    {
        string name = $"\"{entry.Text("manager")}\"";
        if (entry.Text("subresource") is { Length: > 0 } subresource)
            name += $" with subresource \"{subresource}\"";
        if (entry.Text("operation") != Update)
            return name;
        string using_ = $"{name} using {entry.Text("apiVersion")}";
        return entry.Text("time") is { } time ? $"{using_} at {time}" : using_;
    }
}
