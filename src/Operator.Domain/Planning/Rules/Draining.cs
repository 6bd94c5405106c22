namespace Operator.Domain.Planning.Rules;

/// <summary>A node that an attacker may hold is emptied by evictions, which respect every budget. Its cordon is the sweeper's to undo.</summary>
internal static class Draining
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Unmet for ever: what a budget keeps on the node, or what does not stop, is Blocked at the policy's deadline. Pods that nothing would
    /// make again, those of DaemonSets, of the node itself and of protected namespaces stay and are told.
    /// </summary>
    public static Decision? NodeDrained(Observation o)
    {
        if (!o.Episode.Settings.DrainNode || o.Progress.NodeDrainedAt is not null || o.Surroundings.Node is not { HeldByThis: true } node)
            return null;
        if (o.Progress.DrainStartedAt is not { } started)
        {
            return o.Usage.OtherDraining is { } other
                ? new Decision.Wait(Reasons.NodeBusy, $"{other} drains a node, and one is drained at a time", o.Now + Recheck)
                : new Decision.Act(new Step.RecordDrain(node.Name));
        }
        if (node.Pods.FirstOrDefault(p => p is { Leaving: false, HeldBy: null }) is { } next)
            return new Decision.Act(new Step.Evict(next.Namespace, next.Name, next.Uid));
        if (node.Pods.Count == 0)
            return new Decision.Act(new Step.RecordDrained(node.Left.Count == 0 ? null : $"left on node {node.Name}: {string.Join("; ", node.Left)}"));
        var held = node.Pods.FirstOrDefault(p => p.HeldBy is not null);
        var why = held is null ? $"{node.Pods.Count} pods are leaving node {node.Name}" : $"pod {held.Namespace}/{held.Name} stays on node {node.Name}: {held.HeldBy}";
        var deadline = started + o.Episode.Settings.VerifyDeadline;
        return o.Now >= deadline
            ? new Decision.Block(Reasons.DrainStalled, why, "the pods of that node; or a person cancels it")
            : new Decision.Wait(Reasons.Draining, why, o.Now + Recheck < deadline ? o.Now + Recheck : deadline);
    }

    /// <summary>Never unmet for long: it is two writes. A cordon that keeps the replacement from a node does more harm than good.</summary>
    public static Decision? CordonYields(Observation o)
    {
        if (o.Surroundings.Node is not { HeldByThis: true } node)
            return null;
        if (o.Progress.CordonYielded)
            return new Decision.Act(new Step.Uncordon(node.Name));
        return o.ActivePods.FirstOrDefault(p => p.Problem is { Reason: "Unschedulable", Message: var why } && why.Contains("were unschedulable", StringComparison.Ordinal)) is { } pod
            ? new Decision.Act(new Step.RecordCordonYields($"the cordon of node {node.Name} was lifted for {pod.Problem!.Value.Message}"))
            : null;
    }
}
