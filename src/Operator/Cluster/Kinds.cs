using Operator.Access;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>Every resource that the operator reads or writes, and how its JSON is read.</summary>
internal static class Kinds
{
    public static readonly ResourceKind<Pod> Pods = new("", "v1", "pods", true, ResourceJson.Trimmed<Pod>(ClusterJson.Default)) { Cached = CachedParts.Pods };
    public static readonly ResourceKind<Node> Nodes = new("", "v1", "nodes", false, ResourceJson.Trimmed<Node>(ClusterJson.Default)) { Cached = CachedParts.Nodes };
    public static readonly ResourceKind<Namespace> Namespaces = new("", "v1", "namespaces", false, ResourceJson.Trimmed<Namespace>(ClusterJson.Default)) { Cached = CachedParts.Others };
    public static readonly ResourceKind<EvidenceMap> EvidenceMaps = new("", "v1", "configmaps", true, ResourceJson.Trimmed<EvidenceMap>(ClusterJson.Default));
    public static readonly ResourceKind<ClusterEvent> Events = new("", "v1", "events", true, ResourceJson.Trimmed<ClusterEvent>(ClusterJson.Default));
    public static readonly ResourceKind<AccessReview> AccessReviews = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", false, ResourceJson.Trimmed<AccessReview>(ClusterJson.Default));
    public static readonly ResourceKind<Deployment> Deployments = new("apps", "v1", "deployments", true, ResourceJson.Trimmed<Deployment>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<ReplicaSet> ReplicaSets = new("apps", "v1", "replicasets", true, ResourceJson.Trimmed<ReplicaSet>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<StatefulSet> StatefulSets = new("apps", "v1", "statefulsets", true, ResourceJson.Trimmed<StatefulSet>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<DaemonSet> DaemonSets = new("apps", "v1", "daemonsets", true, ResourceJson.Trimmed<DaemonSet>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<Job> Jobs = new("batch", "v1", "jobs", true, ResourceJson.Trimmed<Job>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<CronJob> CronJobs = new("batch", "v1", "cronjobs", true, ResourceJson.Trimmed<CronJob>(ClusterJson.Default)) { Cached = CachedParts.Workloads };
    public static readonly ResourceKind<ControllerRevision> ControllerRevisions = new("apps", "v1", "controllerrevisions", true, ResourceJson.Trimmed<ControllerRevision>(ClusterJson.Default)) { Cached = CachedParts.Others };
    public static readonly ResourceKind<NetworkPolicy> NetworkPolicies = new("networking.k8s.io", "v1", "networkpolicies", true, ResourceJson.Trimmed<NetworkPolicy>(ClusterJson.Default)) { Cached = CachedParts.Others };
    public static readonly ResourceKind<PodDisruptionBudget> DisruptionBudgets = new("policy", "v1", "poddisruptionbudgets", true, ResourceJson.Trimmed<PodDisruptionBudget>(ClusterJson.Default)) { Cached = CachedParts.Others };
    public static readonly ResourceKind<RecoveryPolicy> RecoveryPolicies = new(WellKnown.Group, WellKnown.Version, "recoverypolicies", true, ResourceJson.Trimmed<RecoveryPolicy>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Policies };
    public static readonly ResourceKind<ClusterRecoveryPolicy> ClusterRecoveryPolicies = new(WellKnown.Group, WellKnown.Version, "clusterrecoverypolicies", false, ResourceJson.Trimmed<ClusterRecoveryPolicy>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Policies };
    public static readonly ResourceKind<FindingSource> FindingSources = new(WellKnown.Group, WellKnown.Version, "findingsources", false, ResourceJson.Trimmed<FindingSource>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Policies };
    public static readonly ResourceKind<SecurityFinding> SecurityFindings = new(WellKnown.Group, WellKnown.Version, "securityfindings", true, ResourceJson.Trimmed<SecurityFinding>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Findings };
    public static readonly ResourceKind<Recovery> Recoveries = new(WellKnown.Group, WellKnown.Version, "recoveries", true, ResourceJson.Trimmed<Recovery>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Recoveries };
    public static readonly ResourceKind<TrustedImage> TrustedImages = new(WellKnown.Group, WellKnown.Version, "trustedimages", false, ResourceJson.Trimmed<TrustedImage>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Images };
    public static readonly ResourceKind<ImageRevocationList> ImageRevocationLists = new(WellKnown.Group, WellKnown.Version, "imagerevocationlists", false, ResourceJson.Trimmed<ImageRevocationList>(ApiJson.Default, WithinBounds.Keep)) { Cached = CachedParts.Images };

    /// <summary>A kind that is known by its API only, or one of the above read whole.</summary>
    public static ResourceKind<AnyObject> Any(string group, string version, string plural) =>
        new(group, version, plural, true, ResourceJson.Trimmed<AnyObject>(ClusterJson.Default));
}
