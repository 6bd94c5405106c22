using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.Admission.Tests;

/// <summary>
/// config/crd and config/admission on a cluster, the operator's account with more rights than it ever has, so that admission alone stands in its way,
/// and a trusted image.
/// </summary>
public sealed class Installation : IAsyncLifetime
{
    public const string Namespace = "shop";
    public const string Image = "registry.test.example/cart";
    public const string OperatorName = "system:serviceaccount:immutable-recovery:immutable-recovery-operator";
    public static readonly string Listed = Digest('a'), AlsoListed = Digest('b'), Unlisted = Digest('c'), Revoked = Digest('d');

    private readonly List<Account> accounts = [];
    private KubernetesCluster? cluster;
    private int names;

    internal Account Administrator { get; private set; } = null!;

    /// <summary>Whoever holds the operator's token.</summary>
    internal Account Operator { get; private set; } = null!;

    /// <summary>Users with all rights on pods and recoveries of the shop; Alice may approve there too.</summary>
    internal Account Alice { get; private set; } = null!;
    internal Account Bob { get; private set; } = null!;

    /// <summary>A user with every verb on everything in the namespace tenant.</summary>
    internal Account Owner { get; private set; } = null!;

    /// <summary>Every verb on every resource of the namespace `owned`, and of no other.</summary>
    internal Account Olga { get; private set; } = null!;

    public static string Digest(char of) => $"sha256:{new string(of, 64)}";

    public string NewName(string of) => $"{of}-{Interlocked.Increment(ref names)}";

    public async ValueTask InitializeAsync()
    {
        if (!ChosenCluster.Offers(Capability.AdmissionPolicies) || !ChosenCluster.Offers(Capability.AnyRequest))
            return;
        cluster = await ChosenCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", "crd"), "immutablerecovery.io_*.yaml"))
            await ApplyAsync(await File.ReadAllTextAsync(file));
        await ApplyAsync(Objects);
        await ApplyAsync(ImageNamesTests.TrustedImages);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", "admission"), "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml"))
            await ApplyAsync(await File.ReadAllTextAsync(file));
        Administrator = Of(cluster.AdminToken);
        Alice = Of(cluster.AdminToken, "alice");
        Bob = Of(cluster.AdminToken, "bob");
        Owner = Of(cluster.AdminToken, "owner");
        Olga = Of(cluster.AdminToken, "olga");
        var token = await Administrator.CreateAsync("api/v1/namespaces/immutable-recovery/serviceaccounts/immutable-recovery-operator/token", """{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}""");
        token.ShouldBeAccepted();
        Operator = Of(token.Body["status"]!["token"]!.ToString());
        await Waiting.UntilAsync(IsInForceAsync, "the policies are in force and know their parameters");
    }

    public async ValueTask DisposeAsync()
    {
        accounts.ForEach(a => a.Dispose());
        if (cluster is not null)
            await cluster.DisposeAsync();
    }

    public Task ApplyAsync(string yaml) => cluster!.ApplyAsync(yaml, TestContext.Current.CancellationToken);

    /// <summary>A pod as somebody asks for it.</summary>
    public static string Pod(string name, string image, string metadata = "", string spec = "") => $$"""
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{name}}"{{metadata}} }, "spec": {"containers": [{"name": "main", "image": "{{image}}"}]{{spec}} } }
        """;

    internal async Task<string> MakePodAsync(string image, string metadata = "", string ns = Namespace)
    {
        var name = NewName("pod");
        (await Administrator.CreateAsync($"api/v1/namespaces/{ns}/pods", Pod(name, image, metadata))).ShouldBeAccepted();
        return $"api/v1/namespaces/{ns}/pods/{name}";
    }

    internal async Task<string> MakeNodeAsync(string spec = "{}")
    {
        var name = NewName("node");
        (await Administrator.CreateAsync("api/v1/nodes", $$"""{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }""")).ShouldBeAccepted();
        return $"api/v1/nodes/{name}";
    }

    /// <summary>A Recovery as the operator makes it.</summary>
    internal async Task<string> MakeRecoveryAsync(string ns, string policy)
    {
        var name = NewName("record");
        (await Operator.CreateAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{ns}/recoveries", RecordsTests.Recovery(name, policy))).ShouldBeAccepted();
        return $"apis/immutablerecovery.io/v1alpha1/namespaces/{ns}/recoveries/{name}";
    }

    internal async Task<string> MakeEndedRecoveryAsync(string ns, string policy)
    {
        var recovery = await MakeRecoveryAsync(ns, policy);
        (await Operator.MergeAsync($"{recovery}/status", """{"status": {"outcome": "Succeeded", "endedAt": "2026-01-01T00:00:00Z"}}""")).ShouldBeAccepted();
        return recovery;
    }

    private Account Of(string token, string? impersonated = null)
    {
        Account account = new(cluster!.Address, token, impersonated);
        accounts.Add(account);
        return account;
    }

    /// <summary>Policies and parameters reach admission through a cache.</summary>
    private async Task<bool> IsInForceAsync()
    {
        const string Pods = $"api/v1/namespaces/{Namespace}/pods?dryRun=All", Pinned = "api/v1/namespaces/pinned/pods?dryRun=All", Strict = "api/v1/namespaces/strict/pods?dryRun=All";
        var reserved = await Bob.CreateAsync(Pods, Pod("probe", "x", """, "labels": {"immutablerecovery.io/quarantine": "x"}"""));
        var revoked = await Administrator.CreateAsync(Pods, Pod("probe", $"{Image}@{Revoked}"));
        var listed = await Administrator.CreateAsync(Strict, Pod("probe", $"{Image}@{Unlisted}"));
        var pinned = await Administrator.CreateAsync(Pinned, Pod("probe", $"{Image}:1.4"));
        var guard = await Operator.MergeAsync("apis/apps/v1/namespaces/kube-system/deployments/probe?dryRun=All", """{"metadata": {"labels": {"a": "b"}}}""");
        var approval = await Administrator.CreateAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{Namespace}/securityfindings?dryRun=All", Finding("probe", "somebody"));
        var records = await Bob.CreateAsync($"apis/immutablerecovery.io/v1alpha1/namespaces/{Namespace}/recoveries?dryRun=All", RecordsTests.Recovery("probe"));
        return (reserved.Code, revoked.Code, listed.Code, guard.Code, approval.Code, records.Code) is (403, 403, 403, 403, 403, 403)
            && pinned.Body["spec"]?["containers"]?[0]?["image"]?.ToString().Contains('@') is true;
    }

    internal static string Finding(string name, string reportedBy) => $$"""
        {"apiVersion": "immutablerecovery.io/v1alpha1", "kind": "SecurityFinding", "metadata": {"name": "{{name}}"},
         "spec": {"source": "manual", "rule": "r", "severity": "High", "reportedBy": "{{reportedBy}}", "target": {"namespace": "shop", "pod": "p"} } }
        """;

    private static string Objects => $$"""
        {apiVersion: v1, kind: Namespace, metadata: {name: immutable-recovery} }
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: shop} }
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: tenant} }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: test-owner}
        rules:
        - {apiGroups: ["*"], resources: ["*"], verbs: ["*"] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: test-owner, namespace: tenant}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-owner}
        subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: owner}]
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: owned} }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: test-owner, namespace: owned}
        rules:
        - {apiGroups: ["*"], resources: ["*"], verbs: ["*"] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: test-owner, namespace: owned}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: test-owner}
        subjects:
        - {kind: User, apiGroup: rbac.authorization.k8s.io, name: olga}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: pinned, labels: {immutablerecovery.io/pin-images: "true"} } }
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: protected, labels: {immutablerecovery.io/protected: "true"} } }
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: strict, labels: {immutablerecovery.io/require-listed-images: "true"} } }
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: immutable-recovery-operator, namespace: immutable-recovery} }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: test-everything}
        rules:
        - {apiGroups: ["", apps, batch, networking.k8s.io, immutablerecovery.io], resources: ["*"], verbs: [get, create, update, patch, delete, deletecollection] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: test-approve}
        rules:
        - {apiGroups: [immutablerecovery.io], resources: [recoveries], verbs: [approve] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: test-everything}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-everything}
        subjects:
        - {kind: ServiceAccount, name: immutable-recovery-operator, namespace: immutable-recovery}
        - {kind: User, apiGroup: rbac.authorization.k8s.io, name: alice}
        - {kind: User, apiGroup: rbac.authorization.k8s.io, name: bob}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: test-approve, namespace: shop}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-approve}
        subjects:
        - {kind: User, apiGroup: rbac.authorization.k8s.io, name: alice}
        - {kind: ServiceAccount, name: immutable-recovery-operator, namespace: immutable-recovery}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: probe, namespace: kube-system}
        spec:
          selector: {matchLabels: {app: probe} }
          template: {metadata: {labels: {app: probe} }, spec: {containers: [{name: main, image: x}]} }
        ---
        apiVersion: immutablerecovery.io/v1alpha1
        kind: TrustedImage
        metadata: {name: cart}
        spec:
          repositories: [{{Image}}]
          digests:
          - {digest: "{{Listed}}", tags: ["1.4"]}
          - {digest: "{{AlsoListed}}", tags: ["1.4", "1.5"]}
          - {digest: "{{Revoked}}", tags: ["1.3"]}
        ---
        apiVersion: immutablerecovery.io/v1alpha1
        kind: TrustedImage
        metadata: {name: nginx}
        spec:
          repositories: [docker.io/library/nginx]
          digests: [{digest: "{{Digest('e')}}", tags: [latest]}]
        ---
        apiVersion: immutablerecovery.io/v1alpha1
        kind: ImageRevocationList
        metadata: {name: incident}
        spec: {revoked: {"{{Revoked}}": {reason: "CVE-2026-1"} } }
        """;
}
