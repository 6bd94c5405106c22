using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;

namespace Operator.DevCluster.Resources;

/// <summary>The builtin resources.</summary>
internal static class Builtins
{
    private static readonly ScalePaths WorkloadScale = new("spec.replicas", "status.replicas", LabelSelector: null);

    public static IReadOnlyList<ResourceDefinition> All { get; } =
    [
        Core("namespaces", "Namespace", namespaced: false, "ns") with
        {
            HasStatus = true, ReturnsDeletedObject = true, DeletesCollections = false, Strategy = new NamespaceStrategy(),
        },
        Core("nodes", "Node", namespaced: false, "no") with { HasStatus = true, Strategy = new NodeStrategy() },
        Core("pods", "Pod", namespaced: true, "po") with
        {
            HasStatus = true, ReturnsDeletedObject = true, Categories = ["all"], Strategy = new PodStrategy(),
        },
        Core("services", "Service", namespaced: true, "svc") with
        {
            HasStatus = true, ReturnsDeletedObject = true, AllowsCreateOnUpdate = true, Categories = ["all"], Strategy = new ServiceStrategy(),
        },
        Core("configmaps", "ConfigMap", namespaced: true, "cm") with { Strategy = new ConfigMapStrategy() },
        Core("secrets", "Secret", namespaced: true) with { Strategy = new SecretStrategy() },
        Core("serviceaccounts", "ServiceAccount", namespaced: true, "sa") with { ReturnsDeletedObject = true },
        Core("persistentvolumeclaims", "PersistentVolumeClaim", namespaced: true, "pvc") with
        {
            HasStatus = true, ReturnsDeletedObject = true, Strategy = new PersistentVolumeClaimStrategy(),
        },
        Core("resourcequotas", "ResourceQuota", namespaced: true, "quota") with { HasStatus = true, ReturnsDeletedObject = true },
        Core("limitranges", "LimitRange", namespaced: true, "limits") with { AllowsCreateOnUpdate = true },
        Core("events", "Event", namespaced: true, "ev") with { AllowsCreateOnUpdate = true, Strategy = new EventStrategy() },
        Apps("deployments", "Deployment", Workloads.Deployment, "deploy") with { Scale = WorkloadScale },
        Apps("replicasets", "ReplicaSet", Workloads.ReplicaSet, "rs") with { Scale = WorkloadScale },
        Apps("statefulsets", "StatefulSet", Workloads.StatefulSet, "sts") with { Scale = WorkloadScale, Strategy = new StatefulSetStrategy { Counts = ["replicas", "availableReplicas"] } },
        Apps("daemonsets", "DaemonSet", Workloads.DaemonSet, "ds") with
        {
            Strategy = new WorkloadStrategy(Workloads.DaemonSet) { Counts = ["desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady"] },
        },
        new("apps", "v1", "controllerrevisions", "ControllerRevision", Namespaced: true),
        new("batch", "v1", "jobs", "Job", Namespaced: true) { HasStatus = true, Categories = ["all"], Strategy = new JobStrategy() },
        new("batch", "v1", "cronjobs", "CronJob", Namespaced: true)
        {
            ShortNames = ["cj"], HasStatus = true, Categories = ["all"], Strategy = new CronJobStrategy(),
        },
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", Namespaced: true),
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", Namespaced: true)
        {
            ShortNames = ["netpol"], Strategy = new SpecStrategy(NetworkPolicies.Default),
        },
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", Namespaced: true)
        {
            ShortNames = ["pdb"], HasStatus = true, AllowsUnconditionalUpdate = false, Strategy = new SpecStrategy(_ => { }),
        },
        new("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true)
        {
            AllowsUnconditionalUpdate = false, AllowsCreateOnUpdate = true, Strategy = new LeaseStrategy(),
        },
        new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", Namespaced: false)
        {
            ShortNames = ["pc"], Strategy = new SimpleStrategy(json => json.Default("preemptionPolicy", "PreemptLowerPriority")),
        },
        Flow("flowschemas", "FlowSchema"),
        Flow("prioritylevelconfigurations", "PriorityLevelConfiguration"),
        Rbac("roles", "Role", namespaced: true) with { Strategy = new RoleStrategy(namespaced: true) },
        Rbac("rolebindings", "RoleBinding", namespaced: true) with { Strategy = new RoleBindingStrategy(namespaced: true) },
        Rbac("clusterroles", "ClusterRole", namespaced: false) with { Strategy = new RoleStrategy(namespaced: false) },
        Rbac("clusterrolebindings", "ClusterRoleBinding", namespaced: false) with { Strategy = new RoleBindingStrategy(namespaced: false) },
        Review("authorization.k8s.io", "SelfSubjectAccessReview"),
        Review("authorization.k8s.io", "SubjectAccessReview"),
        Review("authorization.k8s.io", "SelfSubjectRulesReview"),
        Review("authentication.k8s.io", "SelfSubjectReview"),
        Admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
        Admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
        Admission("MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
        Admission("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", Namespaced: false)
        {
            ShortNames = ["crd", "crds"], Categories = ["api-extensions"], HasStatus = true, AllowsUnconditionalUpdate = false,
            Strategy = new CustomResourceDefinitionStrategy(),
        },
    ];

    private static ResourceDefinition Core(string plural, string kind, bool namespaced, params string[] shortNames) =>
        new("", "v1", plural, kind, namespaced) { ShortNames = shortNames };

    private static ResourceDefinition Rbac(string plural, string kind, bool namespaced) => new(RoleIndex.Group, "v1", plural, kind, namespaced);

    /// <summary>Kept and served, and never asked: this server lets every request in at once.</summary>
    private static ResourceDefinition Flow(string plural, string kind) =>
        new("flowcontrol.apiserver.k8s.io", "v1", plural, kind, Namespaced: false) { HasStatus = true, Strategy = new SpecStrategy(_ => { }) };

    /// <summary>Kept and served, and never asked: this server evaluates no CEL. What relies on such a policy has to try it by a dry run.</summary>
    private static ResourceDefinition Admission(string kind, string plural) =>
        new("admissionregistration.k8s.io", "v1", plural, kind, Namespaced: false) { Categories = ["api-extensions"], Strategy = new SpecStrategy(_ => { }) };

    private static ResourceDefinition Review(string group, string kind) =>
        new(group, "v1", $"{kind.ToLowerInvariant()}s", kind, Namespaced: false) { Strategy = new ReviewStrategy() };

    private static ResourceDefinition Apps(string plural, string kind, Action<JsonObject> defaults, string shortName) =>
        new("apps", "v1", plural, kind, Namespaced: true)
        {
            ShortNames = [shortName],
            Categories = ["all"],
            HasStatus = true,
            Strategy = new WorkloadStrategy(defaults) { AnnotationsCount = kind == "Deployment" },
        };
}
