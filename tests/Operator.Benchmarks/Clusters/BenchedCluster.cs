using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.Benchmarks.Clusters;

/// <summary>The chosen cluster with what the operator needs on it, and a source of findings that may send as fast as it can.</summary>
internal sealed class BenchedCluster : IAsyncDisposable
{
    public const string Source = "falco";
    public const string SourceToken = "benchmark";
    private const string Operator = OperatorOptions.FieldManager;

    private readonly KubernetesCluster cluster;
    private readonly string folder = Directory.CreateTempSubdirectory("benchmark-").FullName;

    private BenchedCluster(KubernetesCluster cluster)
    {
        this.cluster = cluster;
        Bare = new(cluster.Address, cluster.AdminToken);
        Traffic = new(cluster);
    }

    public static string OperatorNamespace { get; } = new OperatorOptions().Namespace;

    /// <summary>As the administrator, who is not held back by anything.</summary>
    public BareConnection Bare { get; }

    public Traffic Traffic { get; }

    public string Kubeconfig => Path.Combine(folder, "kubeconfig");

    public static async Task<BenchedCluster> StartAsync(EmbeddedClusterOptions options)
    {
        var cluster = await ChosenCluster.StartAsync(options);
        BenchedCluster benched = new(cluster);
        foreach (var file in Directory.EnumerateFiles(In("crd"), "immutablerecovery.io_*.yaml").Concat(RoleFiles()))
            await cluster.ApplyAsync(await File.ReadAllTextAsync(file));
        var asked = new JsonObject { ["spec"] = new JsonObject { ["audiences"] = new JsonArray(), ["expirationSeconds"] = 86_400 } };
        var answer = await benched.Bare.CreateAsync($"api/v1/namespaces/{OperatorNamespace}/serviceaccounts/{Operator}/token", asked);
        cluster.WriteKubeconfig(benched.Kubeconfig, answer["status"]!["token"]!.ToString());
        await cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: FindingSource
            metadata: {name: {{Source}}}
            spec:
              type: Falco
              authentication: {tokenSHA256: [{hash: "{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SourceToken)))}}"}]}
              namespaces: ["*"]
              rateLimit: {perSecond: 100000, burst: 100000}
            """);
        return benched;
    }

    public Task ApplyAsync(string yaml) => cluster.ApplyAsync(yaml);

    public Task NamespaceAsync(string name) => ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}");

    /// <summary>The image that the benchmarks' pods run, trusted by its digest.</summary>
    public async Task<string> TrustedImageAsync()
    {
        const string repository = "registry.test.example/shop";
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData("shop as released"u8))}";
        cluster.Images.Push(repository, "1.0", digest);
        await ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: TrustedImage
            metadata: {name: shop}
            spec: {repositories: [{{repository}}], digests: [{digest: "{{digest}}", tags: ["1.0"]}]}
            """);
        return $"{repository}:1.0@{digest}";
    }

    /// <summary>A policy that recovers at once, without a soak and with its limits lifted.</summary>
    public Task PolicyAsync() => ApplyAsync("""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: ClusterRecoveryPolicy
        metadata: {name: intrusion}
        spec:
          mode: Recover
          match: {findings: [{sources: [falco]}]}
          replace: {approval: []}
          verify: {soak: 0s}
          limits:
            contain: {maxPerNamespace: 10000}
            replace: {maxConcurrent: 1000, maxPerHour: 10000, maxUnavailable: 100%}
        """);

    /// <summary>Does something while a kind has none of its CEL rules, as an older version of this project had not; what it stores then stays.</summary>
    public async Task WithoutRulesAsync(string definition, Func<Task> act)
    {
        var path = $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}";
        var shipped = await Bare.GetAsync(path);
        var before = (JsonObject)shipped.DeepClone();
        before["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["fields"]!.AsObject().Remove("x-kubernetes-validations");
        await Bare.SendAsync(HttpMethod.Put, path, before.ToJsonString());
        // A server takes up a changed schema a moment later.
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        await act();
        var now = await Bare.GetAsync(path);
        now["spec"] = shipped["spec"]!.DeepClone();
        await Bare.SendAsync(HttpMethod.Put, path, now.ToJsonString());
    }

    /// <summary>Puts objects into the embedded cluster's store as they are, past its API.</summary>
    public void Store(string resource, IEnumerable<JsonObject> objects)
    {
        var store = ((EmbeddedCluster)cluster).Server.Store;
        foreach (var made in objects)
            store.TryCommit(resource, new(made["metadata"]!["namespace"]!.ToString(), made["metadata"]!["name"]!.ToString()), null, made);
    }

    public async ValueTask DisposeAsync()
    {
        Bare.Dispose();
        await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string In(string folder) => Path.Combine(RepositoryRoot.Folder, "config", folder);

    private static IEnumerable<string> RoleFiles() =>
        File.ReadLines(Path.Combine(In("rbac"), "kustomization.yaml")).Where(l => l.StartsWith("- ", StringComparison.Ordinal)).Select(l => Path.Combine(In("rbac"), l[2..].Trim()));
}
