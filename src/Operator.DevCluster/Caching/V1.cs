using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster.Selectors;
using Operator.Runtime;

namespace Operator.DevCluster.Caching;

/// <summary>What the components ask of the models of KubernetesClient.</summary>
internal static class V1
{
    public const string ServiceName = "kubernetes.io/service-name";

    public static V1OwnerReference? Controller(this V1ObjectMeta metadata) =>
        metadata.OwnerReferences?.FirstOrDefault(o => o.Controller is true);

    public static string? Label(this V1ObjectMeta metadata, string key) =>
        metadata.Labels is { } labels && labels.TryGetValue(key, out string? value) ? value : null;

    public static string? Annotation(this V1ObjectMeta metadata, string key) =>
        metadata.Annotations is { } annotations && annotations.TryGetValue(key, out string? value) ? value : null;

    public static LabelSelector Selector(V1LabelSelector selector) => LabelSelector.FromJson((JsonObject)Kinds.ToJson(selector)!);

    /// <summary>Whether it selects this object. No selector selects nothing.</summary>
    public static bool Selects(this V1LabelSelector? selector, V1ObjectMeta metadata) =>
        selector is not null && Selector(selector).Matches(metadata.Labels);

    /// <summary>Whether it runs or may run yet.</summary>
    public static bool IsActive(this V1Pod pod) => !pod.IsFinished() && pod.Metadata.DeletionTimestamp is null;

    public static bool IsFinished(this V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    public static V1PodCondition? Condition(this V1Pod pod, string type) => pod.Status?.Conditions?.FirstOrDefault(c => c.Type == type);

    public static bool IsReady(this V1Pod pod) => pod.Condition("Ready")?.Status == "True";

    /// <summary>Ready for so long that it counts as available.</summary>
    public static bool IsAvailable(this V1Pod pod, int minReadySeconds, DateTimeOffset now) =>
        pod.IsReady() && (minReadySeconds == 0 || pod.Condition("Ready")!.LastTransitionTime is { } since && since.AddSeconds(minReadySeconds) <= now.UtcDateTime);

    /// <summary>How long until a pod that is ready also counts as available; null if none is about to.</summary>
    public static TimeSpan? NextAvailable(this IEnumerable<V1Pod> pods, int minReadySeconds, DateTimeOffset now)
    {
        var waits = pods.Where(p => p.IsReady() && !p.IsAvailable(minReadySeconds, now))
            .Select(p => p.Condition("Ready")!.LastTransitionTime!.Value.AddSeconds(minReadySeconds) - now.UtcDateTime).ToList();
        return waits.Count > 0 ? waits.Min() : null;
    }

    /// <summary>metav1.Time knows no fractions.</summary>
    public static DateTime WholeSecond(this DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    /// <summary>The number, or the percentage of a total.</summary>
    public static int Of(this IntOrString value, int total, bool roundUp)
    {
        string text = value.ToString()!;
        if (!text.EndsWith('%'))
            return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        double share = double.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) * total / 100;
        return (int)(roundUp ? Math.Ceiling(share) : Math.Floor(share));
    }

    /// <summary>An outcome that a newer look at the object will settle: the pass ends and comes again with backoff.</summary>
    public static T RequiredOf<T>(this ApiResult<T> result, IMetadata<V1ObjectMeta> about) => result is ApiResult<T>.Ok { Value: var value }
        ? value
        : throw new ApiUnavailableException($"{ObjectKey.Of(about.Metadata)}: {result}");
}
