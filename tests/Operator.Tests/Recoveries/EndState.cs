using System.Globalization;
using System.Text;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Recoveries;

/// <summary>What a namespace, its nodes and its records look like once nothing moves any more: without names and times, so that two runs compare.</summary>
internal static class EndState
{
    public static async Task<string> OfAsync(TestCluster cluster, string ns)
    {
        var text = new StringBuilder();
        foreach (var recovery in (await cluster.RecoveriesAsync(ns)).OrderBy(r => r.Spec.Episode))
            Describe(text, recovery);
        foreach (var finding in (await cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.Where(f => f.Spec.Target.Namespace == ns))
            text.AppendLine(CultureInfo.InvariantCulture, $"finding {finding.Status?.State} {finding.Status?.Reason}");
        foreach (var deployment in (await cluster.Client.ListNamespacedDeploymentAsync(ns)).Items)
            text.AppendLine(CultureInfo.InvariantCulture, $"deployment {deployment.Name()} {deployment.Spec.Template.Spec.Containers[0].Image} paused={deployment.Spec.Paused ?? false} {Ours(deployment.Metadata)}");
        foreach (var set in (await cluster.Client.ListNamespacedReplicaSetAsync(ns)).Items.Where(s => s.Spec.Replicas > 0))
            text.AppendLine(CultureInfo.InvariantCulture, $"replicaset x{set.Spec.Replicas} {set.Spec.Template.Spec.Containers[0].Image}");
        foreach (var line in (await cluster.PodsAsync(ns)).Select(Describe).Order(StringComparer.Ordinal))
            text.AppendLine(line);
        foreach (var node in (await cluster.Client.ListNodeAsync()).Items)
            text.AppendLine(CultureInfo.InvariantCulture, $"node unschedulable={node.Spec.Unschedulable ?? false} {Ours(node.Metadata)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"networkpolicies {(await cluster.Client.ListNamespacedNetworkPolicyAsync(ns)).Items.Count}");
        var created = (await cluster.Api.Requests.WritesAsync()).Where(r => r is { Verb: "create", Resource: "pods", Subresource: "" } && r.Namespace == ns).Count();
        var deleted = (await cluster.OperatorWritesAsync()).Where(r => r is { Verb: "delete", Resource: "pods" } && r.Namespace == ns).Select(r => r.Name).Distinct().Count();
        text.AppendLine(CultureInfo.InvariantCulture, $"pods created {created}, deleted by the operator {deleted}");
        return text.ToString();
    }

    private static void Describe(StringBuilder text, Recovery recovery)
    {
        var status = recovery.Status ?? new();
        text.AppendLine(CultureInfo.InvariantCulture, $"recovery {status.Outcome} {status.Reason} {status.Progress?.Path}");
        foreach (var image in status.Images)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {image.Container}: {image.From} -> {image.To}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  evidence {string.Join(", ", status.Evidence.Select(e => $"{e.Kind} {(e.Key is null ? "missing" : "kept")}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  findings {status.Findings.Count}, removals {status.Progress?.Removals.Count}, replacements {status.Replacements.Count}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  conditions {string.Join(", ", status.Conditions.Select(c => $"{c.Type}={c.Status}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  times {Set(status.DetectedAt)}{Set(status.ContainedAt)}{Set(status.EvidenceAt)}{Set(status.ReplacedAt)}{Set(status.VerifiedAt)}{Set(status.EndedAt)}");
    }

    private static string Describe(V1Pod pod) => string.Create(
        CultureInfo.InvariantCulture,
        $"pod {pod.Spec.Containers[0].Image} runs {pod.Status.ContainerStatuses?[0].ImageID} owner={pod.Metadata.OwnerReferences?.FirstOrDefault()?.Kind} labels={string.Join(",", (pod.Labels() ?? new Dictionary<string, string>()).Keys.Order(StringComparer.Ordinal))} {Ours(pod.Metadata)}");

    private static string Ours(V1ObjectMeta metadata) =>
        string.Join(",", (metadata.Annotations ?? new Dictionary<string, string>()).Keys.Where(k => k.StartsWith(WellKnown.Group, StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static char Set(DateTimeOffset? time) => time is null ? '-' : 'x';
}
