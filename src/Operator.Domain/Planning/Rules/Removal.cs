using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>Taking compromised pods out, always by UID, never before the next pod is known to be trusted.</summary>
internal static class Removal
{
    /// <summary>How long after its grace a pod may still be there before somebody is told.</summary>
    public static readonly TimeSpan TerminationPatience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Containing may take the pod out of its Services and ReplicaSet in the same patch when its replacement, which then starts
    /// at once, is trusted and permitted now.
    /// </summary>
    public static bool MayDetachNow(Observation o) =>
        o.Episode.Settings.Mode == RecoveryMode.Recover
        && o is { Target: { } target, Workload: { Deleting: false, Replicas: > 0 } workload }
        && Detachable(o, target)
        && (workload.ReplicaSets.Any(r => r.Name == target.ReplicaSet) || workload.Jobs.Any(j => j.Name == target.Job))
        && workload.ReplicaSets.All(r => r.Settled)
        && Pinning.AllTemplatesTrusted(o)
        // A cordon comes first, or the replacement could land on the node that the attacker may hold.
        && Containment.NodeCordoned(o) is null
        && (Course.OwnerSupported(o) ?? Course.NotEscalated(o) ?? Permission.Approved(o) ?? Permission.FitsLimits(o)) is null;

    /// <summary>What has finished may not be counted by its Job yet.</summary>
    private static bool Detachable(Observation o, Pod pod) => CanBeKept(o, pod) && !pod.Terminating && !(Jobs.Owns(o) && pod.Finished);

    /// <summary>It holds nothing that its replacement needs: no name, no place on its node, no port, no volume.</summary>
    public static bool CanBeKept(Observation o, Pod pod) =>
        (o.Episode.Owner is OwnerKind.Deployment or OwnerKind.ReplicaSet or OwnerKind.Job or OwnerKind.CronJob || (o.Episode.Owner == OwnerKind.Other && pod.ReplicaSet is not null)) && pod is { HostNetwork: false, HoldsExclusively: false };

    /// <summary>Never unmet for long: it is one call.</summary>
    public static Decision? TargetLeaving(Observation o)
    {
        if (o.Target is not { Terminating: false } target || target is { DetachedAt: not null, RetainUntil: not null })
            return null;
        if (Jobs.Owns(o) && target.Finished)
            return null;
        var keep = o.Episode.Settings.KeepOriginalFor > TimeSpan.Zero && Detachable(o, target);
        return target.DetachedAt is null && (keep || Jobs.Owns(o))
            ? new Decision.Act(new Step.DetachOriginal(target.Name, target.Uid, keep))
            : Delete(o, target);
    }

    /// <summary>Unmet for ever: a finalizer or a dead kubelet holds it, and somebody is told which.</summary>
    public static Decision? TargetGone(Observation o)
    {
        if (o.Target is not { TerminatingSince: { } since } target)
            return null;
        var until = since + TerminationPatience;
        if (o.Now < until)
            return new Decision.Wait(Reasons.Terminating, $"{target.Name} is stopping", until);
        var holds = target.Finalizers.Count > 0 ? $"its finalizers {string.Join(", ", target.Finalizers)}" : $"the kubelet of {target.Node ?? "its node"}, which has not confirmed";
        return new Decision.Block(Reasons.FinalizerHolds, $"{target.Name} was deleted but is kept by {holds}", "its end");
    }

    /// <summary>
    /// What has begun is finished first; then those that serve nobody anyway, which no limit holds back. A sibling of which it is not known
    /// what it runs stays.
    /// </summary>
    internal static IEnumerable<Pod> UntrustedSiblings(Observation o) =>
        from pod in o.ActivePods
        where pod.Uid != o.Episode.TargetUid && (o.Judge(pod) == TrustVerdict.Untrusted || NeverStarted(o, pod))
        orderby Recorded(o, pod) descending, pod.Ready, pod.Quarantined descending, pod.Name
        select pod;

    /// <summary>A pod from before this began that cannot start and has run nothing: its controller may wait for it, and nothing unknown is lost with it.</summary>
    private static bool NeverStarted(Observation o, Pod pod) =>
        pod is { Ready: false, Problem: not null } && pod.CreatedAt < o.Progress.ReplacementStartedAt
        && pod.Containers.All(c => string.IsNullOrEmpty(c.ImageId)) && o.Judge(pod) == TrustVerdict.Unknown;

    /// <summary>One at a time, each within the same limits. Unmet for ever: what keeps a replacement from becoming Ready Blocks it.</summary>
    public static Decision? SiblingsTrusted(Observation o)
    {
        if (o.Released.FirstOrDefault(p => !p.Terminating) is { } released)
            return Delete(o, released);
        if (o.Workload is null || UntrustedSiblings(o).FirstOrDefault() is not { } sibling)
            return null;
        if (Recorded(o, sibling))
        {
            return !sibling.Quarantined ? new Decision.Act(new Step.ContainSibling(sibling.Name, sibling.Uid))
                : Jobs.Owns(o) ? new Decision.Act(new Step.DetachOriginal(sibling.Name, sibling.Uid, Keep: false))
                : Delete(o, sibling);
        }
        var replacementsReady = o.ActivePods.Count() >= o.Workload.Replicas && o.ActivePods.All(p => p.Ready || o.Judge(p) == TrustVerdict.Untrusted)
            && Replacements.UnknownOne(o) is null;
        if ((Partition.NotHeldBack(o, sibling) ?? Jobs.Untrusted(o, sibling)) is { } held)
            return held;
        // One that was not Ready before this began may be what its controller waits for.
        var stuck = !sibling.Ready && sibling.CreatedAt < o.Progress.ReplacementStartedAt;
        return !replacementsReady && !stuck
            ? Verification.Unready(o)
            : (replacementsReady ? Replacements.NoneTrusted(o) : null) ?? Permission.Fits(o, sibling) ?? new Decision.Act(new Step.RecordRemoval(sibling.Name, sibling.Uid, Permission.OverrideNote(o, sibling)));
    }

    /// <summary>The next pod that this recovery would take out; null when none is left.</summary>
    public static Pod? NextToGo(Observation o) =>
        o.Target is { Terminating: false } target && target is not { DetachedAt: not null, RetainUntil: not null } ? target : UntrustedSiblings(o).FirstOrDefault();

    internal static bool Recorded(Observation o, Pod pod) => o.Progress.Removals.Any(r => r.Uid == pod.Uid);

    private static Decision.Act Delete(Observation o, Pod pod) =>
        new(new Step.Delete(pod.Name, pod.Uid, pod.ResourceVersion, o.Episode.Settings.GracePeriodSeconds));
}
