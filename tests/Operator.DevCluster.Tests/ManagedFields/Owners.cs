using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.ManagedFields;

/// <summary>Who owns what of an object, in an order that can be compared.</summary>
internal static class Owners
{
    /// <summary>The fields of the only entry of a manager.</summary>
    public static string Fields(JsonObject json, string manager) =>
        Sorted(json.Items("metadata", "managedFields").Single(m => m.Text("manager") == manager)["fieldsV1"]);

    public static string Sorted(JsonNode? fields) => Sort((JsonObject)fields!).ToJsonString();

    private static JsonObject Sort(JsonObject fields) => new(
        fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Sort((JsonObject)f.Value!))));
}
