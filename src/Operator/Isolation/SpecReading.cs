using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;

namespace Operator.Isolation;

/// <summary>How the specs of the dialects are read. What has another form than expected is what it is not.</summary>
internal static class SpecReading
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = (node as JsonObject)?[name];
        return node;
    }

    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static double? Number(this JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : null;

    /// <summary>The objects of a list; none where there is no list.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node) => (node as JsonArray)?.OfType<JsonObject>() ?? [];

    public static IEnumerable<string> Texts(this JsonNode? node) => (node as JsonArray)?.Select(n => n.Text()).OfType<string>() ?? [];

    /// <summary>Whether an object has these fields and no others.</summary>
    public static bool HasOnly(this JsonObject value, params ReadOnlySpan<string> fields)
    {
        foreach (var (name, _) in value)
        {
            if (!fields.Contains(name))
                return false;
        }
        return true;
    }

    /// <summary>A label selector that selects everything. One that is absent selects nothing.</summary>
    public static bool SelectsEverything(this JsonNode? selector) =>
        selector is JsonObject { } value && value.All(e => e.Value is JsonObject { Count: 0 } or JsonArray { Count: 0 } or null);

    /// <summary>A label selector that selects what has this label, whatever its value, and demands nothing else.</summary>
    public static bool SelectsWhatHas(this JsonNode? selector, string label) =>
        selector is JsonObject
        && selector.At("matchLabels") is null or JsonObject { Count: 0 }
        && selector.At("matchExpressions") is JsonArray { Count: 1 } expressions
        && expressions[0].At("key").Text() == label
        && expressions[0].At("operator").Text() == "Exists";

    public static bool SelectsQuarantined(this JsonNode? selector) => selector.SelectsWhatHas(WellKnown.QuarantineLabel);
}
