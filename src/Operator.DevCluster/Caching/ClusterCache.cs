using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Runtime;

namespace Operator.DevCluster.Caching;

/// <summary>What all components know of the cluster. They share it: one process needs to parse an event only once.</summary>
internal sealed class ClusterCache
{
    private const string ByController = "controller";
    private const string ByNode = "node";
    private const string ByNamespace = "namespace";
    private const string ByService = "service";

    public ClusterCache(KubernetesConnection connection, TimeProvider time, ILoggerFactory loggers)
    {
        Informer<T> Cache<T>(ResourceKind<T> kind, params (string Name, Func<T, IEnumerable<string>> Values)[] indexers)
            where T : class, IMetadata<V1ObjectMeta> =>
            new(new ResourceApi<T>(connection, kind), time, loggers, indexers: indexers.ToDictionary(i => i.Name, i => i.Values));

        Nodes = Cache(Kinds.Nodes);
        Pods = Cache(
            Kinds.Pods,
            (ByController, p => [ControllerOf(p.Metadata)]),
            (ByNode, p => [p.Spec.NodeName ?? ""]),
            (ByNamespace, p => [p.Metadata.NamespaceProperty]));
        ReplicaSets = Cache(
            Kinds.ReplicaSets, (ByController, r => [ControllerOf(r.Metadata)]), (ByNamespace, r => [r.Metadata.NamespaceProperty]));
        Deployments = Cache(Kinds.Deployments, (ByNamespace, d => [d.Metadata.NamespaceProperty]));
        StatefulSets = Cache(Kinds.StatefulSets, (ByNamespace, s => [s.Metadata.NamespaceProperty]));
        DaemonSets = Cache(Kinds.DaemonSets, (ByNamespace, s => [s.Metadata.NamespaceProperty]));
        Revisions = Cache(Kinds.Revisions, (ByController, r => [ControllerOf(r.Metadata)]));
        Jobs = Cache(Kinds.Jobs, (ByController, j => [ControllerOf(j.Metadata)]), (ByNamespace, j => [j.Metadata.NamespaceProperty]));
        CronJobs = Cache(Kinds.CronJobs);
        Services = Cache(Kinds.Services, (ByNamespace, s => [s.Metadata.NamespaceProperty]));
        EndpointSlices = Cache(
            Kinds.EndpointSlices,
            (ByService, s => s.Metadata.Label(V1.ServiceName) is { } service ? [$"{s.Metadata.NamespaceProperty}/{service}"] : []));
        DisruptionBudgets = Cache(Kinds.DisruptionBudgets, (ByNamespace, b => [b.Metadata.NamespaceProperty]));
        All = [Nodes, Pods, ReplicaSets, Deployments, StatefulSets, DaemonSets, Revisions, Jobs, CronJobs, Services, EndpointSlices, DisruptionBudgets];
    }

    public Informer<V1Node> Nodes { get; }
    public Informer<V1Pod> Pods { get; }
    public Informer<V1ReplicaSet> ReplicaSets { get; }
    public Informer<V1Deployment> Deployments { get; }
    public Informer<V1StatefulSet> StatefulSets { get; }
    public Informer<V1DaemonSet> DaemonSets { get; }
    public Informer<V1ControllerRevision> Revisions { get; }
    public Informer<V1Job> Jobs { get; }
    public Informer<V1CronJob> CronJobs { get; }
    public Informer<V1Service> Services { get; }
    public Informer<V1EndpointSlice> EndpointSlices { get; }
    public Informer<V1PodDisruptionBudget> DisruptionBudgets { get; }
    public IReadOnlyList<IInformer> All { get; }

    /// <summary>What a controller might own: what it does own, and what nobody does.</summary>
    public static IReadOnlyList<T> Claimable<T>(Informer<T> informer, V1ObjectMeta controller)
        where T : class, IMetadata<V1ObjectMeta> =>
        [.. informer.Store.ByIndex(ByController, controller.Uid), .. informer.Store.ByIndex(ByController, Orphan(controller.NamespaceProperty))];

    public static IReadOnlyList<T> OwnedBy<T>(Informer<T> informer, string uid)
        where T : class, IMetadata<V1ObjectMeta> => informer.Store.ByIndex(ByController, uid);

    public static IReadOnlyList<T> InNamespace<T>(Informer<T> informer, string ns)
        where T : class, IMetadata<V1ObjectMeta> => informer.Store.ByIndex(ByNamespace, ns);

    public IReadOnlyList<V1Pod> PodsOn(string node) => Pods.Store.ByIndex(ByNode, node);

    /// <summary>Pods without a node yet.</summary>
    public IReadOnlyList<V1Pod> UnassignedPods => PodsOn("");

    public IReadOnlyList<V1EndpointSlice> SlicesOf(ObjectKey service) => EndpointSlices.Store.ByIndex(ByService, service.ToString());

    private static string ControllerOf(V1ObjectMeta metadata) => metadata.Controller()?.Uid ?? Orphan(metadata.NamespaceProperty);

    private static string Orphan(string ns) => $"orphan/{ns}";
}
