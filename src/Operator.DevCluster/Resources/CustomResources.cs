using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Reads the resources that a CustomResourceDefinition defines: one for each served version.</summary>
internal static class CustomResources
{
    public static IEnumerable<ResourceDefinition> DefinedBy(JsonObject definition)
    {
        string group = definition.TextAt("spec", "group");
        if (definition.At("spec", "names") is not JsonObject names)
            yield break;
        foreach (var version in definition.Items("spec", "versions").Where(v => v.Flag("served")))
        {
            var scale = version.At("subresources", "scale") as JsonObject;
            yield return new(
                group, version.Text("name") ?? "", names.Text("plural") ?? "", names.Text("kind") ?? "",
                definition.TextAt("spec", "scope") == "Namespaced")
            {
                Singular = names.Text("singular") ?? "",
                ShortNames = Strings(names["shortNames"]),
                Categories = Strings(names["categories"]),
                AllowsUnconditionalUpdate = false,
                HasStatus = version.At("subresources", "status") is not null,
                Scale = Scaling(scale),
                Strategy = new CustomResourceStrategy(version, Scaling(scale)),
            };
        }
    }

    private static ScalePaths? Scaling(JsonObject? scale) =>
        scale is null ? null : new(Path(scale, "specReplicasPath")!, Path(scale, "statusReplicasPath")!, Path(scale, "labelSelectorPath"));

    private static string[] Strings(JsonNode? list) => list is JsonArray array ? [.. array.Select(i => i?.ToString() ?? "")] : [];

    private static string? Path(JsonObject scale, string key) => scale.Text(key)?.TrimStart('.');
}
