using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Discovery;

/// <summary>
/// As much of OpenAPI v3 as kubectl asks for: which query parameters a PATCH takes, and the schemas of custom
/// resources for <c>kubectl explain</c>. It names no strategic merge patch, so that kubectl uses the types it has
/// built in instead of schemas that are not here.
/// </summary>
internal sealed class OpenApi(ResourceCatalog catalog)
{
    private static readonly string[] PatchParameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    public JsonObject Index() => new()
    {
        ["paths"] = new JsonObject(catalog.All.Select(Root).Distinct().Order(StringComparer.Ordinal)
            .Select(root => KeyValuePair.Create(root, (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{root}" }))),
    };

    public JsonObject Document(string root)
    {
        var resources = catalog.All.Where(r => Root(r) == root).ToList();
        if (resources.Count == 0)
            throw new StatusException(ApiStatus.NoSuchPath);
        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = ServerVersion.Text },
            ["paths"] = new JsonObject(resources.Select(r => KeyValuePair.Create(Path(r), (JsonNode?)Operations(r)))),
            ["components"] = new JsonObject { ["schemas"] = new JsonObject(resources.Where(r => r.IsCustom).Select(Schema)) },
        };
    }

    private static string Root(ResourceDefinition resource) => resource.Group.Length == 0 ? "api/v1" : $"apis/{resource.GroupVersion}";

    private static string Path(ResourceDefinition resource) =>
        $"/{Root(resource)}/{(resource.Namespaced ? "namespaces/{namespace}/" : "")}{resource.Plural}/{{name}}";

    private static JsonObject Operations(ResourceDefinition resource)
    {
        JsonObject Operation(string action, JsonArray parameters) => new()
        {
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(resource),
            ["parameters"] = parameters,
            ["responses"] = resource.IsCustom ? Responses(resource) : new JsonObject(),
        };

        return new()
        {
            ["get"] = Operation("get", []),
            ["patch"] = Operation("patch", new([.. PatchParameters.Select(Parameter)])),
        };
    }

    private static JsonObject Parameter(string name) => new()
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };

    private static JsonObject Responses(ResourceDefinition resource) => new()
    {
        ["200"] = new JsonObject
        {
            ["description"] = "OK",
            ["content"] = new JsonObject
            {
                ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{SchemaName(resource)}" } },
            },
        },
    };

    private static KeyValuePair<string, JsonNode?> Schema(ResourceDefinition resource)
    {
        var schema = ((CustomResourceStrategy)resource.Strategy).Version.At("schema", "openAPIV3Schema")?.DeepClone() as JsonObject ?? [];
        schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(resource));
        return new(SchemaName(resource), schema);
    }

    private static string SchemaName(ResourceDefinition resource) =>
        $"{string.Join('.', resource.Group.Split('.').Reverse())}.{resource.Version}.{resource.Kind}";

    private static JsonObject GroupVersionKind(ResourceDefinition resource) =>
        new() { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind };
}
