using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Discovery;

/// <summary>
/// As much of OpenAPI v3 as kubectl asks for: which query parameters a PATCH takes, and schemas for <c>kubectl explain</c>.
/// It names no strategic merge patch, so that kubectl merges by the types it has built in: the schemas here do not say
/// how lists are merged.
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
        JsonObject schemas = [];
        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = ServerVersion.Text },
            ["paths"] = new JsonObject([.. resources.Select(r => KeyValuePair.Create(Path(r), (JsonNode?)Operations(r, Schema(schemas, r))))]),
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static string Root(ResourceDefinition resource) => resource.Group.Length == 0 ? "api/v1" : $"apis/{resource.GroupVersion}";

    private static string Path(ResourceDefinition resource) =>
        $"/{Root(resource)}/{(resource.Namespaced ? "namespaces/{namespace}/" : "")}{resource.Plural}/{{name}}";

    private static JsonObject Operations(ResourceDefinition resource, string? schema)
    {
        JsonObject Operation(string action, JsonArray parameters) => new()
        {
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(resource),
            ["parameters"] = parameters,
            ["responses"] = schema is null ? new JsonObject() : Responses(schema),
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

    private static JsonObject Responses(string schema) => new()
    {
        ["200"] = new JsonObject
        {
            ["description"] = "OK",
            ["content"] = new JsonObject
            {
                ["application/json"] = new JsonObject { ["schema"] = BuiltinSchemas.Reference(schema) },
            },
        },
    };

    /// <summary>Adds the schema of a resource and all that it refers to.</summary>
    /// <returns>Its name; null if there is none.</returns>
    private static string? Schema(JsonObject schemas, ResourceDefinition resource)
    {
        string? name = resource.Strategy is CustomResourceStrategy custom
            ? CustomSchemas.Add(schemas, resource, custom.Version)
            : BuiltinType.Of(resource) is { } type ? BuiltinSchemas.Add(schemas, type) : null;
        if (name is not null)
            schemas[name]!["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(resource));
        return name;
    }

    private static JsonObject GroupVersionKind(ResourceDefinition resource) =>
        new() { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind };
}
