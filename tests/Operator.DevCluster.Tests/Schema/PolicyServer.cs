using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Schema;

/// <summary>A cluster with the definitions of <c>config/crd</c>.</summary>
public sealed class PolicyServer : IAsyncLifetime
{
    private const string Group = "/apis/immutablerecovery.io/v1alpha1";
    public const string Policies = $"{Group}/namespaces/default/recoverypolicies";
    public const string ClusterPolicies = $"{Group}/clusterrecoverypolicies";
    public const string Images = $"{Group}/trustedimages";
    public const string Sources = $"{Group}/findingsources";
    public const string Revocations = $"{Group}/imagerevocationlists";

    private EmbeddedCluster cluster = null!;

    public ApiClient Api { get; private set; } = null!;

    public static IReadOnlyList<JsonObject> Definitions { get; } =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "crd")).Order(StringComparer.Ordinal)
            .SelectMany(file => Yaml.Documents(File.ReadAllText(file))),
    ];

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        Api = new(cluster.Address);
        foreach (var definition in Definitions)
            _ = (await Api.CreateAsync($"{SchemaServer.Definitions}?fieldValidation=Strict", definition)).Ok;
    }

    /// <summary>Asks for an object without storing it, so that tests do not see each other's.</summary>
    public Task<Answer> TryAsync(string path, JsonObject json) => Api.CreateAsync($"{path}?dryRun=All&fieldValidation=Strict", json);

    public static JsonObject Of(string kind, string spec, string name = "p")
    {
        var json = Objects.Of("immutablerecovery.io/v1alpha1", kind, name);
        json["spec"] = JsonNode.Parse(spec);
        return json;
    }

    /// <summary>A policy of which only one thing is not as it is by default.</summary>
    public static JsonObject Policy(string changed = "{}", string kind = "RecoveryPolicy")
    {
        var policy = Of(kind, changed);
        if (policy["spec"] is JsonObject spec)
            spec.Default("match", JsonNode.Parse("""{"findings": [{"rules": ["Terminal shell in container"]}]}""")!);
        return policy;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await cluster.DisposeAsync();
    }
}
