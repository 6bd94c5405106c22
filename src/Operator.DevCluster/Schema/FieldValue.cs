using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>A value as the field errors of apimachinery print it: text quoted, everything else as JSON.</summary>
internal static class FieldValue
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode? value) => value?.ToJsonString(Compact) ?? "null";

    public static string Of(string text) => Of(JsonValue.Create(text));
}
