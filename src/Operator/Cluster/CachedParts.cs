using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>
/// What the caches keep of each kind beside the fields that its type names. A tenant may write objects of a megabyte: of annotations only
/// those are kept that decisions read, and every string, list and map has an end. What is cut of more than a message marks the object
/// as truncated.
/// </summary>
internal static class CachedParts
{
    private const int Time = 64, Name = 1024;

    /// <summary>As much of the labels of a pod as the API server lets a recovery remember on it.</summary>
    private const int Remembered = 16 << 10;

    private static readonly Dictionary<string, int> None = [];

    private static readonly CachedFields Foreign = new()
    {
        Annotations = None,
        AnnotationPrefix = $"{WellKnown.Group}/",
        Labels = new Dictionary<string, int>
        {
            [WellKnown.QuarantineLabel] = 64,
            [WellKnown.HoldMark] = 64,
            [WellKnown.PinImagesLabel] = 64,
            [WellKnown.RequireListedImagesLabel] = 64,
            ["app.kubernetes.io/managed-by"] = 64,
            ["argocd.argoproj.io/instance"] = 64,
            ["kustomize.toolkit.fluxcd.io/name"] = 64,
            ["kustomize.toolkit.fluxcd.io/namespace"] = 64,
            ["helm.toolkit.fluxcd.io/name"] = 64,
            ["helm.toolkit.fluxcd.io/namespace"] = 64,
        },
        LongestString = 1024,
        LargestPart = 16 << 10,
    };

    /// <summary>Lists of ours may be longer than those of others, and their strings are as long as their schemas let them be.</summary>
    private static readonly CachedFields Ours = Foreign with { LongestString = 32 << 10, LargestPart = 256 << 10 };

    public static readonly CachedFields Others = Foreign;

    public static readonly CachedFields Pods = Foreign with
    {
        Annotations = new Dictionary<string, int>
        {
            [WellKnown.RecoveryAnnotation] = Name,
            [WellKnown.ContainedAtAnnotation] = Time,
            [WellKnown.DetachedAtAnnotation] = Time,
            [WellKnown.RetainUntilAnnotation] = Time,
            [WellKnown.OriginalLabelsAnnotation] = Remembered,
            ["controller.kubernetes.io/pod-deletion-cost"] = Time,
            ["kubernetes.io/config.mirror"] = Name,
        },
    };

    public static readonly CachedFields Workloads = Foreign with
    {
        Annotations = new Dictionary<string, int>
        {
            [WellKnown.PausedByAnnotation] = Name,
            [WellKnown.PinnedByAnnotation] = Name,
            [WellKnown.PinCountAnnotation] = Time,
            ["deployment.kubernetes.io/revision"] = Time,
            ["argocd.argoproj.io/tracking-id"] = Name,
            ["meta.helm.sh/release-name"] = Name,
            ["meta.helm.sh/release-namespace"] = Name,
        },
    };

    public static readonly CachedFields Nodes = Foreign with
    {
        Annotations = new Dictionary<string, int> { [WellKnown.CordonedByAnnotation] = 256 << 10 },
    };

    public static readonly CachedFields Policies = Ours with { LargestPart = 512 << 10 };

    /// <summary>Whoever needs what a detector said reads the finding alone.</summary>
    public static readonly CachedFields Findings = Ours with { LargestPart = 32 << 10, Without = ["spec.fields", "spec.message"], TrimsAnswers = true };

    /// <summary>Its reconciler reads the record alone; the cache answers for others what goes on and how it ended.</summary>
    public static readonly CachedFields Recoveries = Ours with { LargestPart = 64 << 10, Without = ["status.remediation", "status.plan.steps"] };

    /// <summary>Only administrators write them, and half a list of digests would be another list.</summary>
    public static readonly CachedFields Images = CachedFields.All with { Annotations = None, AnnotationPrefix = $"{WellKnown.Group}/" };
}
