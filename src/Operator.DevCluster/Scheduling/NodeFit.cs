using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Scheduling;

/// <summary>Why a pod cannot run on a node, in the words of the real scheduler's plugins.</summary>
internal static class NodeFit
{
    private const string UnschedulableTaint = "node.kubernetes.io/unschedulable";

    /// <returns>Null if it can.</returns>
    public static string? Misfit(V1Pod pod, V1Node node, int podsOnNode)
    {
        if (node.Spec?.Unschedulable is true && !Tolerates(pod, new V1Taint { Key = UnschedulableTaint, Effect = "NoSchedule" }))
            return "node(s) were unschedulable";
        if (!pod.Spec.Wants(node))
            return "node(s) didn't match Pod's node affinity/selector";
        if (node.Spec?.Taints?.FirstOrDefault(t => t.Effect is "NoSchedule" or "NoExecute" && t.Key != UnschedulableTaint && !Tolerates(pod, t)) is { } taint)
            return $"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}";
        if (node.Status?.Allocatable is { } allocatable && allocatable.TryGetValue("pods", out var most) && podsOnNode >= most.ToInt32())
            return "Too many pods";
        return null;
    }

    /// <summary>A demand that this scheduler does not understand must not be taken for met.</summary>
    /// <returns>Null if it understands all.</returns>
    public static string? Unsupported(V1Pod pod)
    {
        var affinity = pod.Spec.Affinity;
        bool required = affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is { Count: > 0 }
            || affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is { Count: > 0 };
        if (required)
            return "this cluster's scheduler knows no required affinity between pods";
        return pod.Spec.TopologySpreadConstraints?.Any(c => c.WhenUnsatisfiable == "DoNotSchedule") is true
            ? "this cluster's scheduler knows no topology spread constraints that must be met"
            : null;
    }

    public static bool Tolerates(V1Pod pod, V1Taint taint) => pod.Spec.Tolerations?.Any(t =>
        (string.IsNullOrEmpty(t.Effect) || t.Effect == taint.Effect)
        && (string.IsNullOrEmpty(t.Key) ? t.OperatorProperty == "Exists" : t.Key == taint.Key)
        && (t.OperatorProperty == "Exists" || (t.Value ?? "") == (taint.Value ?? ""))) is true;
}
