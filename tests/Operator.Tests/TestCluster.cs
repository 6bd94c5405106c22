using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.DevCluster.Server;
using Operator.Runtime;
using Operator.Tests.Access;

namespace Operator.Tests;

/// <summary>The chosen cluster with the operator's CustomResourceDefinitions, and what the tests put on it and ask of it.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string OperatorNamespace = "immutable-recovery";
    public const string Registry = "registry.test.example";

    private readonly KubernetesConnection connection;
    private int findings;

    private TestCluster(KubernetesCluster cluster, TimeProvider time)
    {
        Api = cluster;
        Time = time;
        Client = new Kubernetes(cluster.ClientConfiguration("test"));
        connection = new(cluster.ClientConfiguration("test"), "test");
        Recoveries = ApiOf<Recovery>("recoveries");
        Findings = ApiOf<SecurityFinding>("securityfindings");
        Policies = ApiOf<RecoveryPolicy>("recoverypolicies");
        ClusterPolicies = ApiOf<ClusterRecoveryPolicy>("clusterrecoverypolicies");
        TrustedImages = ApiOf<TrustedImage>("trustedimages");
        Sources = ApiOf<FindingSource>("findingsources");
        RevocationLists = ApiOf<ImageRevocationList>("imagerevocationlists");
    }

    public KubernetesCluster Api { get; }
    public TimeProvider Time { get; }
    public Kubernetes Client { get; }
    public ResourceApi<Recovery> Recoveries { get; }
    public ResourceApi<SecurityFinding> Findings { get; }
    public ResourceApi<RecoveryPolicy> Policies { get; }
    public ResourceApi<ClusterRecoveryPolicy> ClusterPolicies { get; }
    public ResourceApi<TrustedImage> TrustedImages { get; }
    public ResourceApi<FindingSource> Sources { get; }
    public ResourceApi<ImageRevocationList> RevocationLists { get; }

    /// <summary>The token of the operator's own service account, with the rights of config/rbac.</summary>
    public string OperatorToken { get; private set; } = "";

    /// <summary>Whether the operator has all the rights of config/rbac.</summary>
    public bool HasEveryRole { get; private set; } = true;

    /// <summary>What the operator wrote, Events and its lease apart, in the order in which it asked.</summary>
    public async Task<IReadOnlyList<ApiRequest>> OperatorWritesAsync() => [.. (await Api.Requests.WritesAsync()).Where(IsOperatorWrite)];

    public static async Task<TestCluster> StartAsync(EmbeddedClusterOptions? options = null, int? nodes = null)
    {
        options ??= new() { ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) };
        options = options with { Nodes = nodes ?? options.Nodes };
        if (options.Controllers)
            ChosenCluster.Needs(Capability.SimulatedKubelets);
        if (options.Time != TimeProvider.System)
            ChosenCluster.Needs(Capability.FakeClock);
        var cluster = await ChosenCluster.StartAsync(options, TestContext.Current.CancellationToken);
        var test = new TestCluster(cluster, options.Time);
        foreach (var definition in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", "crd"), $"{WellKnown.Group}_*.yaml"))
            await test.ApplyAsync(await File.ReadAllTextAsync(definition, TestContext.Current.CancellationToken));
        foreach (var file in ShippedRoles.Files)
            await test.ApplyAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        // An authorizer sees roles and bindings through a cache.
        foreach (var role in ShippedRoles.Operator.GroupBy(r => (r.Role, r.Namespace)).Select(g => g.Last()))
            await Waiting.UntilAsync(() => test.IsEffectiveAsync(role), $"{role.Role} is in effect");
        test.OperatorToken = await test.TokenAsync(OperatorNamespace, OperatorOptions.FieldManager);
        UsedRights.Follow(test);
        return test;
    }

    public static bool IsOperatorWrite(ApiRequest request) =>
        request is { IsWrite: true, Resource: not ("events" or "leases" or "selfsubjectaccessreviews") } && IsOperator(request);

    /// <summary>Whether it changes what runs, not a record.</summary>
    private static bool IsStep(ApiRequest request) =>
        request.Resource is "networkpolicies" or "pods" or "deployments" or "replicasets" or "statefulsets" or "daemonsets";

    public static bool IsOperator(ApiRequest request) => request.UserAgent.StartsWith(OperatorOptions.FieldManager, StringComparison.Ordinal);

    /// <summary>The digest that content of this description has.</summary>
    public static string Digest(string content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";

    public Task ApplyAsync(string yaml) => Api.ApplyAsync(yaml, TestContext.Current.CancellationToken);

    /// <summary>Leaves out a role, as a user may who does not want what it is for.</summary>
    public async Task WithoutAsync(string role)
    {
        HasEveryRole = false;
        await Client.DeleteClusterRoleBindingAsync(role);
        await Waiting.UntilAsync(async () => !await IsEffectiveAsync(ShippedRoles.Operator.Last(r => r.Role == role)), $"{role} is no longer in effect");
    }

    /// <summary>Grants the operator more than config/rbac does, as a user may for a kind of his own. What is used of it says nothing about what is shipped.</summary>
    public async Task GrantAsync(string name, string rule)
    {
        GrantsOfItsOwn();
        await ApplyAsync($$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: recovered-{{name}}}
            rules: [{{rule}}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: recovered-{{name}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: recovered-{{name}}}
            subjects: [{kind: ServiceAccount, name: {{OperatorOptions.FieldManager}}, namespace: {{OperatorNamespace}}}]
            """);
    }

    /// <summary>The rights of this test are not those that are shipped.</summary>
    public void GrantsOfItsOwn() => HasEveryRole = false;

    /// <summary>Whether the API server lets the operator do what a rule grants.</summary>
    public async Task<bool> IsEffectiveAsync(ShippedRule rule)
    {
        var account = $"system:serviceaccount:{OperatorNamespace}:{OperatorOptions.FieldManager}";
        var resource = rule.Rule.Resources[0].Split('/');
        var review = await Client.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = account,
                Groups = ["system:serviceaccounts", $"system:serviceaccounts:{OperatorNamespace}", "system:authenticated"],
                ResourceAttributes = new()
                {
                    Group = rule.Rule.ApiGroups[0],
                    Resource = resource[0],
                    Subresource = resource.ElementAtOrDefault(1),
                    Verb = rule.Rule.Verbs[0],
                    NamespaceProperty = rule.Namespace,
                    Name = rule.Rule.ResourceNames?.FirstOrDefault(),
                },
            },
        });
        return review.Status.Allowed;
    }

    /// <summary>A token of a service account, good for longer than any test's clock runs.</summary>
    public Task<string> TokenAsync(string ns, string account) => TokenAsync(Client, ns, account);

    /// <inheritdoc cref="TokenAsync(string, string)"/>
    public static async Task<string> TokenAsync(Kubernetes client, string ns, string account) =>
        (await client.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest { Spec = new() { Audiences = [], ExpirationSeconds = (long)TimeSpan.FromDays(30).TotalSeconds } }, account, ns)).Status.Token;

    public async Task<string> NamespaceAsync(string name)
    {
        await ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}");
        return name;
    }

    /// <summary>An image whose tag still points to its released digest. Poison repoints it.</summary>
    public string Push(string image, string tag)
    {
        var digest = Digest($"{image}:{tag} as released");
        Api.Images.Push($"{Registry}/{image}", tag, digest);
        return digest;
    }

    public string Poison(string image, string tag)
    {
        var digest = Digest($"{image}:{tag} as poisoned");
        Api.Images.Push($"{Registry}/{image}", tag, digest);
        return digest;
    }

    public Task TrustAsync(string image, string tag, string digest) => ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: TrustedImage
        metadata: {name: {{image}}}
        spec:
          repositories: [{{Registry}}/{{image}}]
          digests: [{digest: "{{digest}}", tags: ["{{tag}}"]}]
        """);

    /// <summary>A source named falco that may speak for everything, with this token.</summary>
    public Task SourceAsync(string token) => ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: FindingSource
        metadata: {name: falco}
        spec:
          type: Falco
          authentication: {tokenSHA256: [{hash: "{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}}"}]}
          namespaces: ["*"]
        """);

    /// <summary>A policy that recovers at once and lets everything go on, except where the given YAML says otherwise.</summary>
    public Task PolicyAsync(string ns, string spec = "") => PolicyAsync("RecoveryPolicy", $"{{name: intrusion, namespace: {ns}}}", spec);

    private Task PolicyAsync(string kind, string metadata, string spec)
    {
        string[] defaults =
        [
            "mode: Recover",
            "match: {findings: [{sources: [falco, manual]}]}",
            "replace: {approval: []}",
            "verify: {soak: 0s}",
            "limits: {replace: {maxUnavailable: 100%}}",
        ];
        var lines = spec.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var kept = defaults.Where(d => !lines.Any(l => l.StartsWith(d[..(d.IndexOf(':') + 1)], StringComparison.Ordinal)));
        return ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: {{kind}}
            metadata: {{metadata}}
            spec:
            {{Indent(string.Join('\n', [.. kept, .. lines]))}}
            """);
    }

    /// <summary>A policy for every namespace, else the same. Only such a one may do something about nodes.</summary>
    public Task ClusterPolicyAsync(string spec) => PolicyAsync("ClusterRecoveryPolicy", "{name: everywhere}", spec);

    /// <summary>A StatefulSet or DaemonSet named app of the image, and its pods Ready.</summary>
    public async Task DeployNumberedAsync(string kind, string ns, string app, string image, string spec = "", int pods = 3)
    {
        await ApplyAsync($$"""
            apiVersion: apps/v1
            kind: {{kind}}
            metadata: {name: {{app}}, namespace: {{ns}}}
            spec:
            {{(kind == "StatefulSet" ? $"  replicas: {pods.ToString(CultureInfo.InvariantCulture)}" : "")}}
              selector: {matchLabels: {app: {{app}} } }
            {{Indent(spec)}}
              template:
                metadata: {labels: {app: {{app}} } }
                spec:
                  containers: [{name: main, image: "{{Registry}}/{{image}}", imagePullPolicy: Always}]
            """);
        await Waiting.UntilAsync(async () => (await PodsAsync(ns)).Count(IsReady) == pods, $"{pods} pods of {kind} {app} are Ready");
    }

    public static bool IsReady(V1Pod pod) => pod.Status.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) is true;

    /// <summary>A Deployment named app of the image, and its pods Ready.</summary>
    public async Task DeployAsync(string ns, string app, string image, int replicas, string spec = "", string podSpec = "", string pull = "IfNotPresent", bool ready = true)
    {
        await ApplyAsync($$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: {{app}}, namespace: {{ns}}}
            spec:
              replicas: {{replicas.ToString(CultureInfo.InvariantCulture)}}
              selector: {matchLabels: {app: {{app}} } }
            {{Indent(spec)}}
              template:
                metadata: {labels: {app: {{app}} } }
                spec:
                  containers: [{name: main, image: "{{Registry}}/{{image}}", imagePullPolicy: {{pull}}}]
            {{Indent(podSpec, 6)}}
            """);
        if (ready)
            await ReadyAsync(ns, app);
    }

    public Task ReadyAsync(string ns, string app) => Waiting.UntilAsync(
        async () => await Client.ReadNamespacedDeploymentAsync(app, ns) is { Status: var status } deployment
            && status is not null && status.ObservedGeneration == deployment.Metadata.Generation && (status.ReadyReplicas ?? 0) == deployment.Spec.Replicas
            && (status.UpdatedReplicas ?? 0) == deployment.Spec.Replicas && (status.Replicas ?? 0) == deployment.Spec.Replicas,
        $"Deployment {ns}/{app} is Ready");

    /// <summary>Pods that are not on their way out, whatever labels they have left.</summary>
    public async Task<IReadOnlyList<V1Pod>> PodsAsync(string ns) =>
        [.. (await Client.ListNamespacedPodAsync(ns)).Items.Where(p => p.Metadata.DeletionTimestamp is null).OrderBy(p => p.Name(), StringComparer.Ordinal)];

    /// <summary>Whether a pod runs this digest.</summary>
    public static bool Runs(V1Pod pod, string digest) => pod.Status.ContainerStatuses?[0].ImageID?.EndsWith(digest, StringComparison.Ordinal) is true;

    /// <summary>Takes a pod out as its user would, and waits for the one that its workload makes instead.</summary>
    public async Task<V1Pod> ReplaceAsync(string ns, string app, V1Pod pod)
    {
        var known = (await PodsAsync(ns)).Select(p => p.Uid()).ToHashSet();
        await Client.DeleteNamespacedPodAsync(pod.Name(), ns, gracePeriodSeconds: 1);
        await ReadyAsync(ns, app);
        V1Pod? made = null;
        await Waiting.UntilAsync(async () => (made = (await PodsAsync(ns)).FirstOrDefault(p => !known.Contains(p.Uid()))) is not null, "another pod was made");
        return made!;
    }

    /// <summary>Pods that were created since the first step of the operator in this namespace, as they were asked for.</summary>
    public async Task<IEnumerable<System.Text.Json.Nodes.JsonObject>> PodsCreatedSinceTheOperatorActedAsync(string ns) =>
        (await Api.Requests.WritesAsync()).Where(r => r.Namespace == ns).SkipWhile(r => !(IsOperatorWrite(r) && IsStep(r)))
            .Where(r => r is { Verb: "create", Resource: "pods", Subresource: "" })
            .Select(r => r.ResponseObject!);

    /// <summary>What a sender's finding looks like once it is stored: in the operator's namespace, about one pod.</summary>
    public async Task<string> FindAsync(V1Pod pod, string rule = "Terminal shell in container", FindingSeverity severity = FindingSeverity.Critical)
    {
        var name = $"falco-{Interlocked.Increment(ref findings)}";
        (await Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = OperatorNamespace, Name = name },
            Spec = new()
            {
                Source = "falco",
                Rule = rule,
                Severity = severity,
                OccurredAt = Time.GetUtcNow(),
                ReceivedAt = Time.GetUtcNow(),
                Target = new() { Namespace = pod.Namespace(), Pod = pod.Name(), PodUid = pod.Uid() },
            },
        })).Required();
        return name;
    }

    /// <summary>The recoveries of pods of a namespace, wherever they are.</summary>
    public async Task<IReadOnlyList<Recovery>> RecoveriesAsync(string ns) =>
        [.. (await Recoveries.ListAsync(Selection.All)).Required().Items.Where(r => r.Spec.Target.Namespace == ns)];

    /// <summary>The recovery of a pod, once it is as asked.</summary>
    public async Task<Recovery> RecoveryAsync(V1Pod pod, Func<Recovery, bool> until, string what)
    {
        Recovery? found = null;
        try
        {
            await Waiting.UntilAsync(
                async () => (found = (await RecoveriesAsync(pod.Namespace())).FirstOrDefault(r => r.Spec.Target.Uid == pod.Uid())) is not null && until(found),
                $"the recovery of {pod.Name()} {what}");
        }
        catch (TimeoutException late) when (found?.Status is { } status)
        {
            throw new TimeoutException($"{late.Message} It is {status.Phase}: {status.Reason}: {status.Message}", late);
        }
        return found!;
    }

    /// <summary>A person approves the plan that waits, or another, or denies it.</summary>
    public async Task DecideAsync(Recovery waiting, ApprovalDecision decision = ApprovalDecision.Approved, string? planHash = null) =>
        (await Recoveries.PatchAsync(ObjectKey.Of(waiting.Metadata), Patch.Merge(new()
        {
            ["spec"] = new System.Text.Json.Nodes.JsonObject
            {
                ["approval"] = new System.Text.Json.Nodes.JsonObject { ["decision"] = decision.ToString(), ["planHash"] = planHash ?? waiting.Status!.Plan!.Hash, ["by"] = "alice" },
            },
        }))).Required();

    public Task<Recovery> EndedAsync(V1Pod pod, string outcome = "Succeeded") =>
        RecoveryAsync(pod, r => r.Status?.Outcome == outcome, $"ended {outcome}");

    public Task<Recovery> BlockedAsync(V1Pod pod, string reason) =>
        RecoveryAsync(pod, r => r.Status is { Phase: "Blocked" } s && s.Reason == reason, $"is Blocked for {reason}");

    public async ValueTask DisposeAsync()
    {
        connection.Dispose();
        Client.Dispose();
        await Api.DisposeAsync();
    }

    private ResourceApi<T> ApiOf<T>(string plural)
        where T : class, IKubernetesObject<V1ObjectMeta> => ApiOf<T>(connection, plural);

    public static ResourceApi<T> ApiOf<T>(KubernetesConnection connection, string plural)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(connection, new(WellKnown.Group, WellKnown.Version, plural, plural is "recoveries" or "securityfindings" or "recoverypolicies", ResourceJson.Trimmed<T>(ApiJson.Default)));

    private static string Indent(string yaml, int by = 2) =>
        yaml.Length == 0 ? "" : string.Join('\n', yaml.ReplaceLineEndings("\n").Split('\n').Select(l => new string(' ', by) + l));
}
