using System.Collections.Concurrent;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>Where objects of a kind are served, and where the pod template stands in them: Kubernetes' own are known, the others are asked for or configured.</summary>
internal sealed class KindDirectory(KubernetesConnection connection, OperatorOptions options)
{
    private static readonly string[] UsualTemplate = ["spec", "template"];
    private static readonly string[] CronJobTemplate = ["spec", "jobTemplate", "spec", "template"];

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

    public static bool IsKnown(WorkloadReference reference) => Known.ContainsKey((reference.ApiVersion, reference.Kind));

    /// <summary>Somebody said where the template of this kind stands.</summary>
    public bool IsConfigured(WorkloadReference reference) => options.TemplatePaths.ContainsKey((reference.ApiVersion, reference.Kind));

    public IReadOnlyList<string> TemplatePath(WorkloadReference reference) =>
        options.TemplatePaths.GetValueOrDefault((reference.ApiVersion, reference.Kind))
        ?? (reference is { ApiVersion: "batch/v1", Kind: "CronJob" } ? CronJobTemplate : UsualTemplate);

    /// <summary>Null where the cluster serves no such kind. What is served is remembered: a kind does not change its plural.</summary>
    public async Task<ResourceApi<AnyObject>?> FindAsync(WorkloadReference reference, CancellationToken cancellation)
    {
        var (apiVersion, kind) = (reference.ApiVersion, reference.Kind);
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
