using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>JSON values by their OpenAPI types. As Kubernetes reads numbers, one without a fraction or an exponent is an integer.</summary>
internal static class JsonKind
{
    public static string Of(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => Whole(node) is null ? "number" : "integer",
        _ => "null",
    };

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long? Whole(JsonNode node) =>
        node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number ? null
        : value.TryGetValue(out long number) ? number
        : long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) ? parsed
        : null;

    public static double Double(JsonNode node) => Whole(node) ?? double.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
