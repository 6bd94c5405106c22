using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

/// <summary>A cluster with one custom resource, gadgets, of a given schema.</summary>
public sealed class SchemaServer : IAsyncDisposable
{
    public const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    public const string Gadgets = "/apis/example.com/v1/namespaces/default/gadgets";

    private readonly EmbeddedCluster cluster;

    private SchemaServer(EmbeddedCluster cluster) => (this.cluster, Api) = (cluster, new(cluster.Address));

    public ApiClient Api { get; }

    /// <param name="spec">The schema of the spec.</param>
    /// <param name="status">The schema of the status.</param>
    public static async Task<SchemaServer> StartAsync(string spec, string status = """{"type": "object"}""")
    {
        SchemaServer server = new(await EmbeddedCluster.StartAsync(new() { Controllers = false }));
        _ = (await server.Api.CreateAsync(Definitions, Definition(spec, status))).Ok;
        return server;
    }

    public static JsonObject Definition(string spec, string status = """{"type": "object"}""") => (JsonObject)JsonNode.Parse($$$"""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "gadgets.example.com"},
          "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "gadgets", "kind": "Gadget"},
            "versions": [{
              "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
              "schema": {"openAPIV3Schema": {
                "type": "object", "required": ["spec"],
                "properties": {"spec": {{{spec}}}, "status": {{{status}}} }
              } }
            }]
          }
        }
        """)!;

    public static JsonObject Gadget(string name, string spec)
    {
        var gadget = Objects.Of("example.com/v1", "Gadget", name);
        gadget["spec"] = JsonNode.Parse(spec);
        return gadget;
    }

    public Task<Answer> CreateAsync(string spec, string query = "") => Api.CreateAsync(Gadgets + query, Gadget("g", spec));

    /// <summary>The spec as it was stored.</summary>
    public async Task<JsonNode?> StoreAsync(string spec)
    {
        _ = (await CreateAsync(spec)).Ok;
        return (await Api.GetAsync($"{Gadgets}/g")).Ok["spec"];
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await cluster.DisposeAsync();
    }
}
