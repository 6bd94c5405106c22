using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests;

internal static class Json
{
    public static JsonObject Object(string text) => (JsonObject)JsonNode.Parse(text)!;

    public static JsonArray List(string text) => (JsonArray)JsonNode.Parse(text)!;
}
