namespace Operator.Domain.Planning.Rules;

/// <summary>Whether this recovery should go on at all.</summary>
internal static class Course
{
    private static readonly TimeSpan TakingOver = TimeSpan.FromSeconds(5);

    /// <summary>Never unmet for long: between pausing and unpausing it first finishes what would leave the Deployment paused.</summary>
    public static Decision? NotCalledOff(Observation o)
    {
        var denied = o.Episode.Approval is { Approved: false };
        if (!o.Episode.Cancelled && !denied)
            return null;
        if (Pinning.PausedByThis(o))
            return (Pinning.ImagesKnown(o) ?? Source.PinHolds(o)) is null && Pinning.NextPodTrusted(o) is { } pin ? pin : Pinning.Unpaused(o);
        return denied
            ? new Decision.End(Outcome.Denied, Reasons.Denied, $"{o.Episode.Approval!.By ?? "somebody"} denied the replacement")
            : new Decision.End(Outcome.Cancelled, Reasons.Cancelled, "cancelled in its spec");
    }

    /// <summary>Unmet for ever: it ends, and nothing was touched.</summary>
    public static Decision? NotProtected(Observation o) =>
        o.Surroundings.ProtectedBecause is { } why ? new Decision.End(Outcome.Skipped, Reasons.Protected, why) : null;

    /// <summary>Unmet for ever: the plan is recorded and it ends.</summary>
    public static Decision? ModeLetsAct(Observation o) =>
        o.Episode.Settings.Mode == RecoveryMode.Observe
            ? new Decision.End(Outcome.Skipped, Reasons.ObserveOnly, "the policy's mode is Observe: the plan was recorded, nothing was touched")
            : null;

    /// <summary>
    /// If it never holds: it ends, once the platform's recovery has taken the pod over. Until then it does nothing, and the pod stays isolated.
    /// </summary>
    public static Decision? NotSuperseded(Observation o) => o.Surroundings.SupersededBy switch
    {
        null => null,
        { } other when o.Target is { Quarantined: true } => new Decision.Wait(Reasons.Superseded, $"recovery {other} of the platform takes the pod over", o.Now + TakingOver),
        { } other => new Decision.End(Outcome.Cancelled, Reasons.Superseded, $"recovery {other} of the platform has the pod"),
    };

    /// <summary>Once the target is gone and its owner wants no pods, or none that are known, there is nothing to replace.</summary>
    public static Decision? WorkloadWantsPods(Observation o)
    {
        if (o.Target is not null)
            return null;
        return (o.Episode.Owner, o.Workload) switch
        {
            (OwnerKind.None, _) => NotNeeded("the pod is gone, and nothing makes another one"),
            (OwnerKind.Node, _) => new Decision.End(Outcome.Skipped, Reasons.StaticPod, "the static pod is gone; its node, which makes the next one, was not replaced"),
            (OwnerKind.Other, null) when o.WorkloadUnknown is { } why => new Decision.End(Outcome.Skipped, Reasons.UnsupportedOwner, $"the pod is gone; what {Owner(o)} makes in its place was not verified: {why}"),
            (_, null) => NotNeeded($"{Owner(o)} is gone, and so is the pod"),
            (_, { Deleting: true }) => NotNeeded($"{Owner(o)} is being deleted"),
            (OwnerKind.Job, { Finished: true }) => o.Started ? null : NotNeeded($"{Owner(o)} has finished"),
            (OwnerKind.Job, { Replicas: <= 0 }) => NotNeeded($"{Owner(o)} is suspended"),
            (OwnerKind.CronJob, { Replicas: <= 0 }) => o.Started || !Pinning.AllTemplatesTrusted(o) ? null : NotNeeded($"{Owner(o)} has no Job that runs, and makes the next one from a trusted template"),
            (OwnerKind.DaemonSet, { Replicas: <= 0 }) => NotNeeded($"{Owner(o)} wants a pod on no node"),
            (_, { Replicas: <= 0 }) => NotNeeded($"{Owner(o)} is scaled to zero"),
            _ => null,
        };
    }

    internal static Decision.End NotNeeded(string why) => new(Outcome.Succeeded, Reasons.NoReplacementNeeded, why);

    /// <summary>Unmet for ever: contained, and a person decides.</summary>
    public static Decision? OwnerSupported(Observation o) => o.Episode.Owner switch
    {
        OwnerKind.None => new Decision.Block(Reasons.NoController, "a bare pod: nothing would make another one; delete it when it is no longer needed", "its deletion"),
        OwnerKind.Node => new Decision.Block(Reasons.StaticPod, "a static pod belongs to its node: replace the node", "its deletion"),
        _ when o.WorkloadUnknown is { } why => new Decision.Block(Reasons.UnsupportedOwner, $"{Owner(o)} makes its pods in a way that is not known: {why}", "its deletion"),
        _ when o.Workload is null && o.Target is not null =>
            new Decision.Block(Reasons.NoController, $"{Owner(o)} is gone: nothing would make another pod; delete this one when it is no longer needed", "its deletion"),
        _ => null,
    };

    /// <summary>What makes another pod, from a template that is known.</summary>
    internal static bool Replaceable(Observation o) => o.Episode.Owner is not (OwnerKind.None or OwnerKind.Node) && o.Workload is not null;

    /// <summary>Unmet for ever: contained, without a loop; a person decides.</summary>
    public static Decision? NotEscalated(Observation o)
    {
        if (o.Started)
            return null;
        if (o.History.RuleFiredAgain is { } rule)
            return new Decision.Block(Reasons.Escalated, $"\"{rule}\" fired again on a pod that runs a trusted digest: replacing it once more would not help", "a person: cancel it");
        return o.History.Recompromised >= o.Episode.Settings.EscalateAfter
            ? new Decision.Block(Reasons.Escalated, $"{Owner(o)} was compromised again {o.History.Recompromised} times", "a person: cancel it")
            : null;
    }

    internal static string Owner(Observation o) => $"{o.Episode.Owner switch
    {
        OwnerKind.None or OwnerKind.Node or OwnerKind.Other => "",
        var kind => $"{kind} ",
    }}{o.Episode.OwnerName}";
}
