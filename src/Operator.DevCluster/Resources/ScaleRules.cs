using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>What must hold for the replicas of a custom resource that can be scaled, beside its schema.</summary>
internal static class ScaleRules
{
    public static IEnumerable<StatusCause> Check(JsonObject json, ScalePaths? scale) =>
        scale is null ? [] : [.. Replicas(json, scale.SpecReplicas), .. CheckStatus(json, scale)];

    public static IEnumerable<StatusCause> CheckStatus(JsonObject json, ScalePaths? scale) => scale is null ? [] : Replicas(json, scale.StatusReplicas);

    private static IEnumerable<StatusCause> Replicas(JsonObject json, string path)
    {
        string field = $".{path}";
        if (json.At(path.Split('.')) is not { } node)
            yield break;
        if (json.NumberAt(path.Split('.')) is not { } replicas)
            yield return StatusCause.Invalid(field, "0", $"{field} accessor error: {node} is of the type {Type(node)}, expected int64");
        else if (replicas < 0)
            yield return StatusCause.Invalid(field, $"{replicas}", "should be a non-negative integer");
        else if (replicas > int.MaxValue)
            yield return StatusCause.Invalid(field, $"{replicas}", $"should be less than or equal to {int.MaxValue}");
    }

    private static string Type(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "float64",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "[]interface {}",
        _ => "map[string]interface {}",
    };
}
