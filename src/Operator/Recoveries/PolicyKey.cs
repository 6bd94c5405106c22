using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Recoveries;

/// <summary>A policy of either kind; the namespace is empty for a ClusterRecoveryPolicy.</summary>
internal readonly record struct PolicyKey(string Namespace, string Name)
{
    public bool IsCluster => Namespace.Length == 0;

    public string Kind => IsCluster ? nameof(ClusterRecoveryPolicy) : nameof(RecoveryPolicy);

    public static PolicyKey Of(Recovery recovery) => new(
        recovery.Spec.Policy.Kind == nameof(ClusterRecoveryPolicy) ? "" : recovery.Metadata.NamespaceProperty,
        recovery.Spec.Policy.Name);

    /// <param name="policy">The metadata of a policy of either kind.</param>
    public static PolicyKey Of(V1ObjectMeta policy) => new(policy.NamespaceProperty ?? "", policy.Name);

    public override string ToString() => IsCluster ? Name : $"{Namespace}/{Name}";
}
