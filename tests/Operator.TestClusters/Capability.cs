namespace Operator.TestClusters;

/// <summary>What a test may need that not every cluster offers.</summary>
public enum Capability
{
    /// <summary>Pods run images that exist only in the test, and are Ready within milliseconds.</summary>
    SimulatedKubelets,

    /// <summary>The cluster's own time is the test's, which leaps.</summary>
    FakeClock,

    /// <summary>What is not the tests' own may be asked for, too: they are told what the API server says to it.</summary>
    AnyRequest,

    /// <summary>Objects go with their owners.</summary>
    GarbageCollection,

    /// <summary>A namespace that is deleted goes, and all that is in it.</summary>
    NamespaceDeletion,

    /// <summary>CEL: validation rules of CRDs, and admission policies.</summary>
    AdmissionPolicies,

    /// <summary>The history that lists and watches read from can be cut off at will.</summary>
    Compaction,

    /// <summary>The status of a PodDisruptionBudget stays as a test writes it: no controller works it out.</summary>
    HandwrittenBudgets,
}
