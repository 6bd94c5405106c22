namespace Operator;

/// <summary>How one operator process runs. What a recovery does is not here: that is a policy's to say.</summary>
public sealed record OperatorOptions
{
    public const string FieldManager = "immutable-recovery-operator";

    /// <summary>The operator's own namespace: findings from senders, evidence and the lease live here. Protected by construction.</summary>
    public string Namespace { get; init; } = "immutable-recovery";

    /// <summary>Where the receiver, the metrics and the health endpoints listen. Port 0 takes a free one.</summary>
    public string Listen { get; init; } = "http://0.0.0.0:8080";

    /// <summary>The folder of a mounted Secret with tls.crt and tls.key. Findings are then taken with TLS only, where <see cref="TlsListen"/> says; null for none.</summary>
    public string? TlsCertificates { get; init; }

    /// <summary>Where the receiver listens with TLS, if it has certificates.</summary>
    public string TlsListen { get; init; } = "https://0.0.0.0:8443";

    /// <summary>How many connections each port holds at once; one that is full closes the idlest of the address that holds the most.</summary>
    public int MaxConnections { get; init; } = 512;

    /// <summary>Namespaces in which nothing is ever touched, besides the operator's own.</summary>
    public IReadOnlyList<string> ProtectedNamespaces { get; init; } = ["kube-system", "kube-public", "kube-node-lease"];

    /// <summary>
    /// Namespaces in which a pod with a system-critical priority class is left alone until a person approves. Elsewhere that class means
    /// nothing: in many clusters any tenant may name it.
    /// </summary>
    public IReadOnlyList<string> CriticalNamespaces { get; init; } = ["kube-system"];

    /// <summary>Whether nothing is ever touched in a namespace.</summary>
    public bool Protects(string ns) => ns == Namespace || ProtectedNamespaces.Contains(ns);

    /// <summary>Count approvals that no admission policy has checked: for an API server that evaluates none, in a demo or a test. On no command line.</summary>
    public bool AllowUncheckedApprovals { get; init; }

    /// <summary>Where the pod template stands in kinds that are not Kubernetes' own, by apiVersion and kind; elsewhere at spec.template.</summary>
    public IReadOnlyDictionary<(string ApiVersion, string Kind), IReadOnlyList<string>> TemplatePaths { get; init; } =
        new Dictionary<(string, string), IReadOnlyList<string>>();

    /// <summary>How many nodes may be cordoned by recoveries at once, in the whole cluster.</summary>
    public int MaxCordonedNodes { get; init; } = 2;

    /// <summary>How many replacements may be in flight at once, in the whole cluster, whatever the policies say.</summary>
    public int MaxConcurrentReplacements { get; init; } = 50;

    /// <summary>How many digests recoveries may revoke within an hour, in the whole cluster. Beyond that templates are pinned instead.</summary>
    public int MaxRevocationsPerHour { get; init; } = 20;

    /// <summary>How many findings of one source may be stored before those that mean no pod are refused.</summary>
    public int MaxFindingsPerSource { get; init; } = 10_000;

    /// <summary>How many of the findings that people make in one namespace are worked on; the others wait until some are deleted.</summary>
    public int MaxFindingsPerNamespace { get; init; } = 500;

    /// <summary>Recoveries worked on at the same time. Each is mostly waiting for the API server.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>
    /// How long a quarantine's NetworkPolicy outlives the last pod that needed it: a namespace's next incident is likely to come soon, and is
    /// then isolated by one patch. Meanwhile it selects no pod.
    /// </summary>
    public TimeSpan QuarantinePolicyStays { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a finding is kept that led to nothing, after it was last decided on or happened again; zero keeps all of them.</summary>
    public TimeSpan KeepFindings { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long a Recovery is kept after it ended, with its evidence and its findings; zero keeps all of them.</summary>
    public TimeSpan KeepRecoveries { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Compete for the lease; off for a single process such as the demo.</summary>
    public bool LeaderElection { get; init; } = true;

    /// <summary>Who holds the lease: the pod's name in a cluster.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>What is logged, as JSON on the standard output.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
