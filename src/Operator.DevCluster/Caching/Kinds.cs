using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Operator.Runtime;

namespace Operator.DevCluster.Caching;

/// <summary>The resources that the controllers, the scheduler and the kubelets work with, read into the models of KubernetesClient.</summary>
internal static class Kinds
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static readonly ResourceKind<V1Node> Nodes = Core<V1Node>("nodes", namespaced: false);
    public static readonly ResourceKind<V1Pod> Pods = Core<V1Pod>("pods");
    public static readonly ResourceKind<V1Service> Services = Core<V1Service>("services");
    public static readonly ResourceKind<Corev1Event> Events = Core<Corev1Event>("events");
    public static readonly ResourceKind<V1ReplicaSet> ReplicaSets = new("apps", "v1", "replicasets", true, Info<V1ReplicaSet>());
    public static readonly ResourceKind<V1Deployment> Deployments = new("apps", "v1", "deployments", true, Info<V1Deployment>());
    public static readonly ResourceKind<V1StatefulSet> StatefulSets = new("apps", "v1", "statefulsets", true, Info<V1StatefulSet>());
    public static readonly ResourceKind<V1DaemonSet> DaemonSets = new("apps", "v1", "daemonsets", true, Info<V1DaemonSet>());
    public static readonly ResourceKind<V1ControllerRevision> Revisions = new("apps", "v1", "controllerrevisions", true, Info<V1ControllerRevision>());
    public static readonly ResourceKind<V1Job> Jobs = new("batch", "v1", "jobs", true, Info<V1Job>());
    public static readonly ResourceKind<V1CronJob> CronJobs = new("batch", "v1", "cronjobs", true, Info<V1CronJob>());
    public static readonly ResourceKind<V1PersistentVolumeClaim> VolumeClaims = Core<V1PersistentVolumeClaim>("persistentvolumeclaims");
    public static readonly ResourceKind<V1EndpointSlice> EndpointSlices = new("discovery.k8s.io", "v1", "endpointslices", true, Info<V1EndpointSlice>());
    public static readonly ResourceKind<V1PodDisruptionBudget> DisruptionBudgets = new("policy", "v1", "poddisruptionbudgets", true, Info<V1PodDisruptionBudget>());

    /// <summary>A model as JSON, for patches.</summary>
    public static JsonNode? ToJson<T>(T value) => JsonSerializer.SerializeToNode(value, Json);

    public static T FromJson<T>(JsonNode json) => json.Deserialize<T>(Json)!;

    /// <summary>What an object is by its model: one out of a list does not say it itself.</summary>
    public static (string ApiVersion, string Kind) NameOf(IKubernetesObject model)
    {
        var entity = model.GetType().GetCustomAttribute<KubernetesEntityAttribute>()!;
        return (entity.Group is { Length: > 0 } group ? $"{group}/{entity.ApiVersion}" : entity.ApiVersion, entity.Kind);
    }

    /// <summary>A copy that may be changed: what lies in a store is shared.</summary>
    public static T Clone<T>(T value) => JsonSerializer.SerializeToNode(value, Json).Deserialize<T>(Json)!;

    private static ResourceKind<T> Core<T>(string plural, bool namespaced = true)
        where T : class, IMetadata<V1ObjectMeta> => new("", "v1", plural, namespaced, Info<T>());

    private static JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T));
}
