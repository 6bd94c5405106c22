using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>How much of a pod is changed to contain it. The NetworkPolicy selects the label: less isolates as well, where no other policy selects the rest.</summary>
internal enum Reach
{
    /// <summary>The label alone. Who contained it, when, and why only so, is in the record.</summary>
    Labelled,

    /// <summary>The label, and on the pod itself which recovery put it there and when.</summary>
    Annotated,

    /// <summary>The label instead of all others, which are remembered on the pod.</summary>
    Detached,
}

/// <summary>The changes this operator makes to pods. Each tests the UID, and the labels that it replaces.</summary>
internal static class PodPatches
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";
    private static readonly string[] OurAnnotations =
    [
        WellKnown.RecoveryAnnotation, WellKnown.ContainedAtAnnotation, WellKnown.OriginalLabelsAnnotation,
        WellKnown.DetachedAtAnnotation, WellKnown.RetainUntilAnnotation,
    ];

    /// <summary>
    /// Labels the pod as quarantined. Detached it keeps no other label, so that no Service, ReplicaSet, budget or allowing
    /// NetworkPolicy selects it any longer; what it had is remembered on the pod itself, in the same patch.
    /// </summary>
    public static JsonPatch? Contain(Pod pod, Recovery recovery, Reach reach, DateTimeOffset now, bool keep = true)
    {
        if (reach == Reach.Labelled)
            return IsLabelledBy(pod, recovery) ? null : Label(pod, LabelOf(recovery));
        var detach = reach == Reach.Detached;
        var detached = pod.Metadata.Annotation(WellKnown.DetachedAtAnnotation) is not null;
        var name = ObjectKey.Of(recovery.Metadata).ToString();
        if (IsLabelledBy(pod, recovery) && pod.Metadata.Annotation(WellKnown.RecoveryAnnotation) == name && (detached || !detach))
            return null;

        var at = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var annotations = new Dictionary<string, string> { [WellKnown.RecoveryAnnotation] = name };
        if (pod.Metadata.Annotation(WellKnown.ContainedAtAnnotation) is null)
            annotations[WellKnown.ContainedAtAnnotation] = at;
        var labels = new JsonObject();
        if (detach && !detached)
        {
            var original = (pod.Metadata.Labels ?? new Dictionary<string, string>()).Where(l => l.Key != WellKnown.QuarantineLabel).ToDictionary();
            annotations[WellKnown.OriginalLabelsAnnotation] = JsonSerializer.Serialize(original, ClusterJson.Default.DictionaryStringString);
            annotations[WellKnown.DetachedAtAnnotation] = at;
            if (keep && recovery.Spec.Policy.Spec.ToSettings().KeepOriginalFor is var retain && retain > TimeSpan.Zero)
                annotations[WellKnown.RetainUntilAnnotation] = (now + retain).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
        else
        {
            foreach (var (key, value) in pod.Metadata.Labels ?? new Dictionary<string, string>())
                labels[key] = value;
        }
        labels[WellKnown.QuarantineLabel] = LabelOf(recovery);
        return Annotate(TestedLabels(pod, labels), pod, annotations);
    }

    /// <summary>
    /// Whether this recovery has labelled the pod. The label isolates, and its value names one recovery; a recovery of the namespace's own policy may have
    /// the same name in another place, which the annotation tells.
    /// </summary>
    public static bool IsLabelledBy(Pod pod, Recovery recovery) =>
        pod.Metadata.Label(WellKnown.QuarantineLabel) == LabelOf(recovery)
        && !(pod.Metadata.Annotation(WellKnown.RecoveryAnnotation) is { } other
            && other != ObjectKey.Of(recovery.Metadata).ToString() && other.EndsWith($"/{recovery.Metadata.Name}", StringComparison.Ordinal));

    /// <summary>The value of the quarantine label.</summary>
    public static string LabelOf(Recovery recovery) => Clip(recovery.Metadata.Name);

    private static JsonPatch Label(Pod pod, string value)
    {
        var patch = new JsonPatch().Test(pod.Metadata.Uid, "metadata", "uid");
        return pod.Metadata.Labels is { Count: > 0 }
            ? patch.Add(value, "metadata", "labels", WellKnown.QuarantineLabel)
            : patch.Test(pod.Metadata.ResourceVersion, "metadata", "resourceVersion").Add(new JsonObject { [WellKnown.QuarantineLabel] = value }, "metadata", "labels");
    }

    /// <summary>Makes the pod the first to go when its ReplicaSet is scaled down.</summary>
    public static JsonPatch FirstInRollout(Pod pod) =>
        Annotate(new JsonPatch().Test(pod.Metadata.Uid, "metadata", "uid"), pod, new() { [DeletionCost] = PodFacts.FirstDeletionCost });

    /// <summary>Takes everything of ours off the pod and gives it back its labels; its ReplicaSet then adopts it again.</summary>
    public static JsonPatch Release(Pod pod)
    {
        var labels = new JsonObject();
        foreach (var (key, value) in pod.Metadata.Labels ?? new Dictionary<string, string>())
        {
            if (key != WellKnown.QuarantineLabel)
                labels[key] = value;
        }
        foreach (var (key, value) in OriginalLabels(pod) ?? [])
            labels[key] = value;
        var patch = TestedLabels(pod, labels);
        foreach (var key in OurAnnotations.Where(k => pod.Metadata.Annotation(k) is not null))
            patch.Remove("metadata", "annotations", key);
        return patch;
    }

    /// <summary>The labels that a pod had before it was detached. What is no map of strings was written by somebody else, and is none.</summary>
    public static Dictionary<string, string>? OriginalLabels(Pod pod)
    {
        try
        {
            return pod.Metadata.Annotation(WellKnown.OriginalLabelsAnnotation) is { } original
                ? JsonSerializer.Deserialize(original, ClusterJson.Default.DictionaryStringString)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonPatch TestedLabels(Pod pod, JsonObject labels)
    {
        var patch = new JsonPatch().Test(pod.Metadata.Uid, "metadata", "uid");
        if (pod.Metadata.Labels is not { Count: > 0 } before)
            // A resourceVersion stands in for testing that something is not there.
            return patch.Test(pod.Metadata.ResourceVersion, "metadata", "resourceVersion").Add(labels, "metadata", "labels");
        var tested = new JsonObject();
        foreach (var (key, value) in before)
            tested[key] = value;
        return patch.Test(tested, "metadata", "labels").Replace(labels, "metadata", "labels");
    }

    private static JsonPatch Annotate(JsonPatch patch, Pod pod, Dictionary<string, string> annotations)
    {
        if (pod.Metadata.Annotations is null)
            patch.Test(pod.Metadata.ResourceVersion, "metadata", "resourceVersion").Add(new JsonObject(), "metadata", "annotations");
        foreach (var (key, value) in annotations)
            patch.Add(value, "metadata", "annotations", key);
        return patch;
    }

    /// <summary>A label's value holds 63 characters; the recovery's whole name stands in the annotation.</summary>
    private static string Clip(string name) => name.Length <= 63 ? name : name[^63..].TrimStart('-', '.', '_');
}
