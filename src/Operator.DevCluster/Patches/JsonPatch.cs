using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Patches;

/// <summary>JSON Patch (RFC 6902): all of its operations, or none.</summary>
internal static class JsonPatch
{
    private const int MostOperations = 10_000;

    public static JsonObject Apply(JsonObject document, JsonNode? patch)
    {
        if (patch is not JsonArray operations || !operations.All(o => o is JsonObject))
            throw new StatusException(ApiStatus.BadRequest("a JSON patch is a list of operations"));
        if (operations.Count > MostOperations)
        {
            throw new StatusException(new(
                413, "RequestEntityTooLarge", $"The allowed maximum operations in a JSON patch is {MostOperations}, got {operations.Count}"));
        }
        foreach (var operation in operations.OfType<JsonObject>())
            Apply(document, operation);
        return document;
    }

    private static void Apply(JsonObject document, JsonObject operation)
    {
        var place = Place(document, operation, "path");
        switch (operation.Text("op"))
        {
            case "add":
                place.Add(Value(operation));
                break;
            case "remove":
                place.Remove();
                break;
            case "replace":
                place.Replace(Value(operation));
                break;
            case "move":
                var from = Place(document, operation, "from");
                var moved = from.Get()?.DeepClone();
                from.Remove();
                Place(document, operation, "path").Add(moved);
                break;
            case "copy":
                place.Add(Place(document, operation, "from").Get()?.DeepClone());
                break;
            case "test":
                if (!JsonNode.DeepEquals(place.Find(), operation["value"]))
                    throw JsonPatchPlace.DoesNotApply;
                break;
            default:
                throw JsonPatchPlace.DoesNotApply;
        }
    }

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw JsonPatchPlace.DoesNotApply;

    private static JsonPatchPlace Place(JsonObject document, JsonObject operation, string member) =>
        JsonPatchPlace.At(document, operation.Text(member) ?? throw JsonPatchPlace.DoesNotApply);
}
