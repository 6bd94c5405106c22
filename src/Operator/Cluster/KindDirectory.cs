using System.Collections.Concurrent;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>Where objects of a kind are served, as an owner reference names it: Kubernetes' own are known, the others are asked for.</summary>
internal sealed class KindDirectory(KubernetesConnection connection)
{
    private static readonly Dictionary<(string ApiVersion, string Kind), string> Known = new()
    {
        [("apps/v1", "Deployment")] = "deployments",
        [("apps/v1", "ReplicaSet")] = "replicasets",
        [("apps/v1", "StatefulSet")] = "statefulsets",
        [("apps/v1", "DaemonSet")] = "daemonsets",
        [("batch/v1", "Job")] = "jobs",
        [("batch/v1", "CronJob")] = "cronjobs",
    };

    private readonly ResourceDiscovery discovery = new(connection);
    private readonly ConcurrentDictionary<(string ApiVersion, string Kind), ResourceApi<AnyObject>> found = new();

    public static bool IsKnown(string apiVersion, string kind) => Known.ContainsKey((apiVersion, kind));

    /// <summary>Null where the cluster serves no such kind. What is served is remembered: a kind does not change its plural.</summary>
    public async Task<ResourceApi<AnyObject>?> FindAsync(string apiVersion, string kind, CancellationToken cancellation)
    {
        if (found.TryGetValue((apiVersion, kind), out var api))
            return api;
        var (group, version) = apiVersion.Split('/') is [var g, var v] ? (g, v) : ("", apiVersion);
        var resource = Known.TryGetValue((apiVersion, kind), out var plural)
            ? new ServedResource { Name = plural, Kind = kind, Namespaced = true }
            : await discovery.ResourceOfAsync(group, version, kind, cancellation);
        return resource is null ? null
            : found.GetOrAdd((apiVersion, kind), new ResourceApi<AnyObject>(connection, Kinds.Any(group, version, resource.Name) with { Namespaced = resource.Namespaced }));
    }
}
