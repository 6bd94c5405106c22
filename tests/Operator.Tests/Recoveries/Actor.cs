using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Somebody with exactly the rights of a role in one namespace.</summary>
internal sealed class Actor : IDisposable
{
    private readonly KubernetesConnection connection;

    private Actor(TestCluster cluster, string token)
    {
        connection = new(cluster.Api.ClientConfiguration("actor", token), "actor");
        Recoveries = TestCluster.ApiOf<Recovery>(connection, "recoveries");
        Findings = TestCluster.ApiOf<SecurityFinding>(connection, "securityfindings");
    }

    public ResourceApi<Recovery> Recoveries { get; }
    public ResourceApi<SecurityFinding> Findings { get; }

    /// <summary>`*` on `*` in one namespace.</summary>
    public static Task<Actor> OwnerAsync(TestCluster cluster, string ns) => InAsync(cluster, ns, "owner", "owner");

    /// <summary>What `edit` aggregates in one namespace, with what this project adds to it.</summary>
    public static Task<Actor> TenantAsync(TestCluster cluster, string ns) =>
        InAsync(cluster, ns, "tenant", "system:aggregate-to-edit", "system:aggregate-to-view", "immutable-recovery-edit", "immutable-recovery-view");

    public void Dispose() => connection.Dispose();

    private static async Task<Actor> InAsync(TestCluster cluster, string ns, string account, params string[] roles)
    {
        await cluster.ApplyAsync($$"""
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: {{account}}, namespace: {{ns}}} }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: owner}
            rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
            """);
        foreach (var role in roles)
        {
            await cluster.ApplyAsync($$"""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: {{account}}-{{role.Replace(':', '-')}}, namespace: {{ns}}}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "{{role}}"}
                subjects: [{kind: ServiceAccount, name: {{account}}, namespace: {{ns}}}]
                """);
        }
        var actor = new Actor(cluster, await cluster.TokenAsync(ns, account));
        await Waiting.UntilAsync(async () => await actor.Recoveries.ListAsync(new() { Namespace = ns }) is ApiResult<ListPage<Recovery>>.Ok, $"{account} may read recoveries");
        return actor;
    }
}
