using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>
/// The place of a Recovery is its authority. One that a ClusterRecoveryPolicy started is in the operator's namespace, where no tenant
/// can create, change or delete it. One that a RecoveryPolicy started is in that policy's namespace, and can do no more than its owner.
/// </summary>
internal sealed class RecoveryAuthority(OperatorOptions options)
{
    /// <summary>Where recoveries of a policy are.</summary>
    /// <param name="policyNamespace">The namespace of a RecoveryPolicy; null for a ClusterRecoveryPolicy.</param>
    public string PlaceOf(string? policyNamespace) => policyNamespace ?? options.Namespace;

    /// <summary>Whether it is in the operator's namespace. Only such a one acts on nodes, revokes, or speaks for another namespace.</summary>
    public bool IsPlatforms(Recovery recovery) => recovery.Metadata.NamespaceProperty == options.Namespace;

    /// <summary>Whether it is what the operator would have made, as far as the object itself can show: for lists, counts and indexes.</summary>
    public bool Believes(Recovery recovery) => WhyMisplaced(recovery) is null;

    /// <summary>Whether one recovery says something about another: what an owner could have written decides nothing for the platform.</summary>
    public bool SpeaksFor(Recovery earlier, Recovery recovery) =>
        Believes(earlier) && (IsPlatforms(earlier) || earlier.Metadata.NamespaceProperty == recovery.Metadata.NamespaceProperty);

    /// <summary>Why its place, name or policy cannot be those of a Recovery that the operator made; null when they can.</summary>
    public string? WhyMisplaced(Recovery recovery)
    {
        var (key, target, policy) = (ObjectKey.Of(recovery.Metadata), recovery.Spec.Target, recovery.Spec.Policy);
        if (policy.Kind == nameof(ClusterRecoveryPolicy) && !IsPlatforms(recovery))
            return "recoveries of a ClusterRecoveryPolicy are in the operator's namespace only";
        if (policy.Kind == nameof(RecoveryPolicy) && key.Namespace != target.Namespace)
            return $"a RecoveryPolicy of namespace {key.Namespace} speaks for no other namespace";
        return key != RecoveryNames.For(key.Namespace, target.Name, target.Uid, recovery.Spec.Episode)
            ? "its name does not follow from its target and episode"
            : null;
    }
}
