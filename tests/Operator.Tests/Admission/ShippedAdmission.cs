using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Admission;

/// <summary>config/admission on a test's cluster. The embedded one keeps the policies and evaluates none.</summary>
internal static class ShippedAdmission
{
    /// <summary>All of it, in any order: bindings wait for their policies.</summary>
    public static async Task InstallAsync(TestCluster cluster)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", "admission"), "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml"))
            await cluster.ApplyAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    public static Task LabelAsync(TestCluster cluster, string ns, params string[] labels) => cluster.ApplyAsync(
        $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {ns}, labels: {{{string.Join(", ", labels.Select(l => $"{l}: \"true\""))}}}}}}}");

    /// <summary>A policy of the platform that recovers at once, and revokes.</summary>
    public static Task RevokingPolicyAsync(TestCluster cluster) => cluster.ApplyAsync("""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: ClusterRecoveryPolicy
        metadata: {name: everywhere}
        spec:
          mode: Recover
          match: {findings: [{sources: [falco, manual]}]}
          replace: {approval: []}
          trust: {revoke: OnRecovery}
          verify: {soak: 0s}
          limits: {replace: {maxUnavailable: 100%}}
        """);

    public static async Task<IDictionary<string, Revocation>> RevokedAsync(TestCluster cluster) =>
        (await cluster.RevocationLists.GetAsync(new("", WellKnown.RevocationList))).Required().Spec.Revoked;
}
