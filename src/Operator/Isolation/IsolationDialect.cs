using System.Text.Json.Nodes;

namespace Operator.Isolation;

/// <summary>What happens to a connection that was open when its pod was quarantined.</summary>
internal enum OpenConnections
{
    /// <summary>The network plugin judges each packet: the connection ends.</summary>
    Cut,

    /// <summary>The network plugin judges connections when they are made: this one may go on.</summary>
    MayContinue,

    /// <summary>Plugins that implement this kind differ.</summary>
    Unknown,
}

/// <summary>
/// One kind in which a cluster can deny what no NetworkPolicy allows again. The name is what the chart's value <c>isolation</c> and the metric call it.
/// </summary>
/// <param name="Name">The dialect.</param>
/// <param name="Group">The API group that serves it.</param>
/// <param name="Version">The version in which it is read.</param>
/// <param name="Plural">The resource.</param>
/// <param name="Kind">The kind, as people know it.</param>
/// <param name="OpenConnections">What happens to connections that are open already.</param>
/// <param name="OnlyPods">Its ingress rules can select pods alone: a NetworkPolicy denies what comes from nodes and from outside the cluster.</param>
/// <param name="Lacks">Why a spec does not deny everything to quarantined pods, before anything else can allow it; null when it does.</param>
internal sealed record IsolationDialect(
    string Name, string Group, string Version, string Plural, string Kind, OpenConnections OpenConnections, bool OnlyPods, Func<JsonObject, string?> Lacks)
{
    /// <summary>Those that deny more come first: where several are in force, the first one is named.</summary>
    public static readonly IReadOnlyList<IsolationDialect> All =
    [
        new("Cilium", "cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", OpenConnections.Cut, false, CiliumDeny.Lacks),
        new("Calico", "projectcalico.org", "v3", "globalnetworkpolicies", "GlobalNetworkPolicy", OpenConnections.MayContinue, false, CalicoDeny.Lacks),
        new("ClusterNetworkPolicy", "policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy", OpenConnections.Unknown, true, ClusterNetworkDeny.Lacks),
        new("AdminNetworkPolicy", "policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", OpenConnections.Unknown, true, ClusterNetworkDeny.LacksAsAdminNetworkPolicy),
    ];
}
