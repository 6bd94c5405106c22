using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Discovery;

/// <summary>What is served beside the resources: health, version, and what resources there are.</summary>
internal sealed class DiscoveryEndpoints(ResourceCatalog catalog)
{
    private readonly OpenApi openApi = new(catalog);

    public ApiResponse Answer(ApiRequest request)
    {
        string[] path = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path switch
        {
            ["healthz" or "readyz" or "livez", ..] => ApiResponse.Text("ok"),
            ["version"] => ApiResponse.Of(200, ServerVersion.ToJson()),
            ["openapi", "v3"] => ApiResponse.Of(200, openApi.Index()),
            ["openapi", "v3", .. var root] => ApiResponse.Of(200, openApi.Document(string.Join('/', root))),
            ["api"] => ApiResponse.Of(200, new JsonObject
            {
                ["kind"] = "APIVersions",
                ["versions"] = new JsonArray("v1"),
                ["serverAddressByClientCIDRs"] = new JsonArray(),
            }),
            ["apis"] => ApiResponse.Of(200, Groups()),
            ["apis", var group] => ApiResponse.Of(200, Group(group)),
            ["api", var version] => ApiResponse.Of(200, Resources("", version)),
            ["apis", var group, var version] => ApiResponse.Of(200, Resources(group, version)),
            _ => throw new StatusException(ApiStatus.NoSuchPath),
        };
    }

    private JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. catalog.All.Select(r => r.Group).Where(g => g.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(GroupEntry)]),
    };

    private JsonObject Group(string name)
    {
        var group = GroupEntry(name);
        group["kind"] = "APIGroup";
        group["apiVersion"] = "v1";
        return group;
    }

    private JsonObject GroupEntry(string name)
    {
        var versions = catalog.All.Where(r => r.Group == name).Select(r => r.Version).Distinct().Order(StringComparer.Ordinal)
            .Select(v => new JsonObject { ["groupVersion"] = $"{name}/{v}", ["version"] = v }).ToList();
        return versions.Count == 0
            ? throw new StatusException(ApiStatus.NoSuchPath)
            : new() { ["name"] = name, ["versions"] = new JsonArray([.. versions]), ["preferredVersion"] = versions[0].DeepClone() };
    }

    private JsonObject Resources(string group, string version)
    {
        var resources = catalog.All.Where(r => r.Group == group && r.Version == version).OrderBy(r => r.Plural, StringComparer.Ordinal).ToList();
        return resources.Count == 0
            ? throw new StatusException(ApiStatus.NoSuchPath)
            : new()
            {
                ["kind"] = "APIResourceList",
                ["apiVersion"] = "v1",
                ["groupVersion"] = resources[0].GroupVersion,
                ["resources"] = new JsonArray([.. resources.SelectMany(Entries)]),
            };
    }

    private static IEnumerable<JsonObject> Entries(ResourceDefinition resource)
    {
        var entry = Entry(
            resource.Plural, resource.Kind, resource,
            resource.Strategy.IsStored ? Verbs(resource) : ["create"]);
        entry["singularName"] = resource.Singular;
        if (resource.ShortNames.Count > 0)
            entry["shortNames"] = Strings(resource.ShortNames);
        if (resource.Categories.Count > 0)
            entry["categories"] = Strings(resource.Categories);
        yield return entry;
        if (resource.HasStatus)
            yield return Entry($"{resource.Plural}/status", resource.Kind, resource, "get", "patch", "update");
        if (resource.Serves("log"))
            yield return Entry($"{resource.Plural}/log", resource.Kind, resource, "get");
        if (resource.Serves("binding"))
            yield return Entry($"{resource.Plural}/binding", "Binding", resource, "create");
        if (resource.Serves("token"))
            yield return Of("authentication.k8s.io", "v1", Entry($"{resource.Plural}/token", "TokenRequest", resource, "create"));
        if (resource.Serves("eviction"))
            yield return Of("policy", "v1", Entry($"{resource.Plural}/eviction", "Eviction", resource, "create"));
        if (resource.Serves("resize"))
            yield return Entry($"{resource.Plural}/resize", resource.Kind, resource, "get", "patch", "update");
        if (resource.Scale is not null)
            yield return Of("autoscaling", "v1", Entry($"{resource.Plural}/scale", "Scale", resource, "get", "patch", "update"));
    }

    /// <summary>A subresource whose kind is of another group.</summary>
    private static JsonObject Of(string group, string version, JsonObject entry)
    {
        entry["group"] = group;
        entry["version"] = version;
        return entry;
    }

    private static string[] Verbs(ResourceDefinition resource) => resource.DeletesCollections
        ? ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        : ["create", "delete", "get", "list", "patch", "update", "watch"];

    private static JsonObject Entry(string name, string kind, ResourceDefinition resource, params IReadOnlyList<string> verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = "",
        ["namespaced"] = resource.Namespaced,
        ["kind"] = kind,
        ["verbs"] = Strings(verbs),
    };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
