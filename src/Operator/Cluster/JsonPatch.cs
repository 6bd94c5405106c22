using System.Text.Json.Nodes;

namespace Operator.Cluster;

/// <summary>Builds an RFC 6902 patch. A failed test refuses the whole patch, so each is also its own precondition.</summary>
internal sealed class JsonPatch
{
    private readonly JsonArray operations = [];

    public JsonArray Operations => operations;

    public JsonPatch Test(JsonNode? value, params ReadOnlySpan<string> path) => Append("test", value, path);

    public JsonPatch Add(JsonNode? value, params ReadOnlySpan<string> path) => Append("add", value, path);

    public JsonPatch Replace(JsonNode? value, params ReadOnlySpan<string> path) => Append("replace", value, path);

    public JsonPatch Remove(params ReadOnlySpan<string> path)
    {
        operations.Add((JsonNode)new JsonObject { ["op"] = "remove", ["path"] = Pointer(path) });
        return this;
    }

    private JsonPatch Append(string operation, JsonNode? value, ReadOnlySpan<string> path)
    {
        operations.Add((JsonNode)new JsonObject { ["op"] = operation, ["path"] = Pointer(path), ["value"] = value });
        return this;
    }

    /// <summary>RFC 6901: ~ and / inside a name are escaped.</summary>
    private static string Pointer(ReadOnlySpan<string> path)
    {
        var pointer = new System.Text.StringBuilder();
        foreach (var segment in path)
            pointer.Append('/').Append(segment.Replace("~", "~0").Replace("/", "~1"));
        return pointer.ToString();
    }
}
