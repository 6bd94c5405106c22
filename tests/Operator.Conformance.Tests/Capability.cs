namespace Operator.Conformance.Tests;

/// <summary>What a bare kube-apiserver with its etcd does not do of its own, and not every cluster lets a client do.</summary>
public enum Capability
{
    /// <summary>Owner references are followed: by kube-controller-manager, or within the embedded API server.</summary>
    GarbageCollection,

    /// <summary>A deleted namespace is emptied and goes: likewise.</summary>
    NamespaceDeletion,

    /// <summary>The history that lists and watches read from can be cut off at will.</summary>
    Compaction,

    /// <summary>The status of a PodDisruptionBudget stays as a client writes it: no disruption controller works it out.</summary>
    HandwrittenBudgets,
}
