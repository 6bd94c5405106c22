using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Recoveries;

/// <summary>What is on the cluster before a recovery, and the pod that is compromised.</summary>
internal sealed record CrashScenario(string Name, Func<TestCluster, string, Task> SetUp)
{
    public const string Image = "cart";

    public static readonly IReadOnlyList<CrashScenario> All =
    [
        new("trusted-template", async (cluster, ns) =>
        {
            await cluster.PolicyAsync(ns);
            await cluster.DeployAsync(ns, "cart", $"{Image}@{await TrustAsync(cluster)}", 2);
        }),
        new("poisoned-tag", async (cluster, ns) =>
        {
            await TrustAsync(cluster);
            cluster.Poison(Image, "1.4");
            await cluster.PolicyAsync(ns);
            await cluster.DeployAsync(ns, "cart", $"{Image}:1.4", 2);
        }),
        new("cordon", async (cluster, ns) =>
        {
            await cluster.ApplyAsync($$"""
                apiVersion: immutablerecovery.io/v1alpha1
                kind: ClusterRecoveryPolicy
                metadata: {name: {{ns}}}
                spec:
                  mode: Recover
                  match: {findings: [{sources: [falco]}]}
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ns}} } }
                  contain: {node: Cordon}
                  replace: {approval: []}
                  verify: {soak: 0s}
                  limits: {replace: {maxUnavailable: 100%} }
                """);
            await cluster.DeployAsync(ns, "cart", $"{Image}@{await TrustAsync(cluster)}", 2);
        }),
        new("retained-original", async (cluster, ns) =>
        {
            await cluster.PolicyAsync(ns, "replace: {approval: [], retainOriginalFor: 1h}");
            await cluster.DeployAsync(ns, "cart", $"{Image}@{await TrustAsync(cluster)}", 2);
        }),
    ];

    public static CrashScenario Of(string name) => All.Single(s => s.Name == name);

    public static TheoryData<string> Names => [.. All.Select(s => s.Name)];

    /// <summary>Sets up a namespace of its own and reports its first pod. The recovery is on its way when this returns.</summary>
    public async Task<string> BeginAsync(TestCluster cluster, string ns, Func<Task> startOperator)
    {
        await cluster.NamespaceAsync(ns);
        await SetUp(cluster, ns);
        var pod = (await cluster.PodsAsync(ns))[0];
        await startOperator();
        await cluster.FindAsync(pod);
        return pod.Uid();
    }

    private static async Task<string> TrustAsync(TestCluster cluster)
    {
        var digest = cluster.Push(Image, "1.4");
        await cluster.TrustAsync(Image, "1.4", digest);
        return digest;
    }
}
