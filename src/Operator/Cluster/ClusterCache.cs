using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>The caches, for breadth. What is about to be changed is read live.</summary>
internal sealed class ClusterCache
{
    public const string ByUid = "uid";
    public const string ByOwner = "owner";
    public const string ByContainer = "container";
    public const string ByTarget = "target";
    public const string ByTargetName = "target-name";
    public const string ByWorkload = "workload";
    public const string ByRecovery = "recovery";
    public const string ByPod = "pod";
    public const string ByNode = "node";
    public const string ByNamespace = "namespace";

    /// <summary>Recoveries that have not ended, by the namespace of their target.</summary>
    public const string OpenIn = "open-in";

    /// <summary>Findings by the UID that they name; those that found no pod also by the namespace and name, and by the beginning of the container's id.</summary>
    public const string ByNamed = "named";

    /// <summary>The pods that a recovery names by UID: its target, and those that it takes out.</summary>
    public const string ByNamedPod = "named-pod";

    /// <summary>The recoveries that have not ended, all under this one value.</summary>
    public const string Going = "going";

    /// <summary>Falco cuts container ids to twelve characters, so that is what they are indexed by.</summary>
    public const int ContainerPrefix = 12;

    /// <summary>Archived records lie in the API server only: a hundred thousand of them must not be read by each start.</summary>
    private static readonly Selection NotArchived = new() { FieldSelector = "status.archived=", OrAll = true };

    public ClusterCache(KubernetesConnection connection, RuntimeMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        Informer<T> Cache<T>(ResourceKind<T> kind, Dictionary<string, Func<T, IEnumerable<string>>>? indexers = null, Selection? selection = null, Func<T, T>? shrink = null)
            where T : class, k8s.Models.IMetadata<k8s.Models.V1ObjectMeta> =>
            new(new ResourceApi<T>(connection, kind), time, loggers, selection, indexers, metrics, shrink);

        Pods = Cache(Kinds.Pods, new()
        {
            [ByUid] = p => [p.Metadata.Uid],
            [ByOwner] = p => p.Metadata.ControllerUid() is { } owner ? [owner] : [],
            [ByNode] = p => p.Spec.NodeName is { Length: > 0 } node ? [node] : [],
            [ByContainer] = p => p.ContainerIds().Select(id => id[..Math.Min(id.Length, ContainerPrefix)]),
        });
        ReplicaSets = Cache(Kinds.ReplicaSets, new() { [ByUid] = r => [r.Metadata.Uid], [ByOwner] = r => r.Metadata.ControllerUid() is { } owner ? [owner] : [] });
        Deployments = Cache(Kinds.Deployments);
        StatefulSets = Cache(Kinds.StatefulSets);
        DaemonSets = Cache(Kinds.DaemonSets);
        Jobs = Cache(Kinds.Jobs, new() { [ByUid] = j => [j.Metadata.Uid], [ByOwner] = j => j.Metadata.ControllerUid() is { } owner ? [owner] : [] });
        CronJobs = Cache(Kinds.CronJobs);
        ControllerRevisions = new(connection, Kinds.ControllerRevisions);
        Nodes = Cache(Kinds.Nodes);
        Namespaces = Cache(Kinds.Namespaces);
        DisruptionBudgets = Cache(Kinds.DisruptionBudgets);
        NetworkPolicies = Cache(Kinds.NetworkPolicies, new() { [ByNamespace] = p => [p.Metadata.NamespaceProperty] });
        RecoveryPolicies = Cache(Kinds.RecoveryPolicies);
        ClusterRecoveryPolicies = Cache(Kinds.ClusterRecoveryPolicies);
        FindingSources = Cache(Kinds.FindingSources);
        TrustedImages = Cache(Kinds.TrustedImages);
        ImageRevocationLists = Cache(Kinds.ImageRevocationLists);
        SecurityFindings = Cache(Kinds.SecurityFindings, new()
        {
            [ByRecovery] = f => f.Status?.Recovery is { } r ? [$"{r.Namespace}/{r.Name}"] : [],
            [ByNamed] = Named,
            [ByPod] = f => f.Status?.Target is { } t ? [t.Uid] : [],
        }, NotArchived);
        Recoveries = Cache(Kinds.Recoveries, new()
        {
            [ByTarget] = r => [r.Spec.Target.Uid],
            [OpenIn] = r => r.Status?.Outcome is null ? [r.Spec.Target.Namespace] : [],
            [ByTargetName] = r => [$"{r.Spec.Target.Namespace}/{r.Spec.Target.Name}"],
            [ByWorkload] = r => r.Spec.Target.Workload is { } w ? [w.Uid] : [],
            [ByNamedPod] = r => [r.Spec.Target.Uid, .. r.Status?.Progress?.Removals.Select(p => p.Uid) ?? []],
            [Going] = r => r.Status?.Outcome is null ? [Going] : [],
        }, NotArchived, r => EndedRecovery.Shrink(r, time.GetUtcNow()));
        All = [Pods, ReplicaSets, Deployments, StatefulSets, DaemonSets, Jobs, CronJobs, Namespaces, DisruptionBudgets, NetworkPolicies, RecoveryPolicies, ClusterRecoveryPolicies,
            FindingSources, TrustedImages, ImageRevocationLists, SecurityFindings, Recoveries];
    }

    public Informer<Pod> Pods { get; }
    public Informer<ReplicaSet> ReplicaSets { get; }
    public Informer<Deployment> Deployments { get; }
    public Informer<StatefulSet> StatefulSets { get; }
    public Informer<DaemonSet> DaemonSets { get; }
    public Informer<Job> Jobs { get; }
    public Informer<CronJob> CronJobs { get; }

    /// <summary>Read one by one, where a StatefulSet goes on making pods from one.</summary>
    public ResourceApi<ControllerRevision> ControllerRevisions { get; }

    /// <summary>Apart from the others: a user may leave out the role that lets them be read.</summary>
    public Informer<Node> Nodes { get; }
    public Informer<Namespace> Namespaces { get; }
    public Informer<PodDisruptionBudget> DisruptionBudgets { get; }
    public Informer<NetworkPolicy> NetworkPolicies { get; }
    public Informer<RecoveryPolicy> RecoveryPolicies { get; }
    public Informer<ClusterRecoveryPolicy> ClusterRecoveryPolicies { get; }
    public Informer<FindingSource> FindingSources { get; }
    public Informer<TrustedImage> TrustedImages { get; }
    public Informer<ImageRevocationList> ImageRevocationLists { get; }
    public Informer<SecurityFinding> SecurityFindings { get; }
    public Informer<Recovery> Recoveries { get; }
    public IReadOnlyList<IInformer> All { get; }

    private static IEnumerable<string> Named(SecurityFinding finding)
    {
        var target = finding.Spec.Target;
        if (target.PodUid is { Length: > 0 } uid)
            yield return uid;
        if (finding.Status?.State is not FindingState.Unresolved)
            yield break;
        if (target.Pod is { Length: > 0 } pod)
            yield return $"{target.Namespace ?? finding.Metadata.NamespaceProperty}/{pod}";
        if (new Domain.Findings.TargetHints { ContainerId = target.ContainerId, At = default }.ContainerId is { Length: >= ContainerPrefix } id)
            yield return id[..ContainerPrefix];
    }

    /// <summary>The recoveries that go on. Thousands may have ended: whoever looks for one at work looks here.</summary>
    public IReadOnlyList<Recovery> GoingRecoveries => Recoveries.Store.ByIndex(Going, Going);

    public Task Synced => Task.WhenAll(All.Select(i => i.Synced));

    public bool HasSynced => All.All(i => i.Synced.IsCompletedSuccessfully);

    /// <summary>What controls the ReplicaSet or Job that controls a pod; null where nothing does.</summary>
    public k8s.Models.V1OwnerReference? AboveOwner(string owner) =>
        ReplicaSets.Store.ByIndex(ByUid, owner).FirstOrDefault()?.Metadata.Controller() ?? Jobs.Store.ByIndex(ByUid, owner).FirstOrDefault()?.Metadata.Controller();

    /// <summary>The live pod of a UID, or null. A name alone never finds a pod.</summary>
    public Pod? PodOf(string uid) => Pods.Store.ByIndex(ByUid, uid).FirstOrDefault();
}
