namespace Operator.Api.V1Alpha1;

/// <summary>The names that this product puts on other people's objects.</summary>
public static class WellKnown
{
    /// <summary>The API group.</summary>
    public const string Group = "immutablerecovery.io";

    /// <summary>The API version.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version.</summary>
    public const string ApiVersion = Group + "/" + Version;

    /// <summary>The category of all kinds: `kubectl get immutable-recovery -A`.</summary>
    public const string Category = "immutable-recovery";

    /// <summary>The source of a finding that somebody created with kubectl.</summary>
    public const string ManualSource = "manual";

    /// <summary>Label of a quarantined pod; its value is the recovery's name.</summary>
    public const string QuarantineLabel = Group + "/quarantine";

    /// <summary>Label of a Recovery: the namespace of its target, which is not always its own.</summary>
    public const string TargetNamespaceLabel = Group + "/target-namespace";

    /// <summary>Name of the NetworkPolicy that isolates quarantined pods of its namespace.</summary>
    public const string QuarantinePolicy = "immutable-recovery-quarantine";

    /// <summary>The recovery, as namespace/name, that made a change.</summary>
    public const string RecoveryAnnotation = Group + "/recovery";

    /// <summary>JSON object of the labels a pod had before it was detached.</summary>
    public const string OriginalLabelsAnnotation = Group + "/original-labels";

    /// <summary>When a pod was contained, RFC 3339.</summary>
    public const string ContainedAtAnnotation = Group + "/contained-at";

    /// <summary>When a pod was detached from its owner and Services, RFC 3339.</summary>
    public const string DetachedAtAnnotation = Group + "/detached-at";

    /// <summary>Until when an isolated original is kept, RFC 3339.</summary>
    public const string RetainUntilAnnotation = Group + "/retain-until";

    /// <summary>The recovery that paused a Deployment.</summary>
    public const string PausedByAnnotation = Group + "/paused-by";

    /// <summary>The recovery that last pinned a template.</summary>
    public const string PinnedByAnnotation = Group + "/pinned-by";

    /// <summary>How often that recovery pinned it, which is more than once where somebody puts the old image back.</summary>
    public const string PinCountAnnotation = Group + "/pin-count";

    /// <summary>JSON array of the recoveries that hold a node cordoned.</summary>
    public const string CordonedByAnnotation = Group + "/cordoned-by";

    /// <summary>Namespaces with this label set to "true" have tags pinned to trusted digests when a pod is created.</summary>
    public const string PinImagesLabel = Group + "/pin-images";

    /// <summary>Namespaces with this label set to "true" refuse digests that the TrustedImage of their repository does not list.</summary>
    public const string RequireListedImagesLabel = Group + "/require-listed-images";

    /// <summary>In a dry-run update of a pod: admission policies judge it as if the pod were created.</summary>
    public const string AdmissionTrialAnnotation = Group + "/admission-trial";

    /// <summary>The list that the operator adds revocations to.</summary>
    public const string RevocationList = "immutable-recovery";

    /// <summary>Label or annotation of a Recovery, a SecurityFinding or an evidence ConfigMap: it is kept, however old it is. The value does not matter.</summary>
    public const string HoldMark = Group + "/hold";

    /// <summary>On a policy: replacements started before this RFC 3339 time no longer count, which closes its breaker.</summary>
    public const string BreakerResetAnnotation = Group + "/breaker-reset";
}
