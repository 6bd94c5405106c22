using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>Replacing destroys: a person, the breaker and the limits are asked before, once.</summary>
internal static class Permission
{
    public static readonly TimeSpan ApprovalPatience = TimeSpan.FromHours(24);
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>Why a person must approve; null when nobody must.</summary>
    public static string? ApprovalNeeded(Observation o)
    {
        if (o.Episode.Settings.Mode == RecoveryMode.Contain)
            return "the policy's mode is Contain";
        if (o.Target is { Critical: true })
            return "the pod has a system-critical priority class";
        if (o.Episode.Settings.ApproveDaemonSet && o.Episode.Owner == OwnerKind.DaemonSet)
            return "it is a pod of a DaemonSet";
        // A Job serves nobody who would miss its pod.
        return o.Episode.Settings.ApproveLastReadyPod && !Jobs.Owns(o) && o.Target is { Ready: true } target
            && !o.ActivePods.Any(p => p.Ready && p.Uid != target.Uid)
            ? "it is the last Ready pod of its workload"
            : null;
    }

    /// <summary>What the cluster itself depends on is not even isolated before a person says so. Unmet for ever: as for any approval.</summary>
    public static Decision? MayTouchCritical(Observation o) => o.Target is { Critical: true, Quarantined: false } ? Approved(o) : null;

    /// <summary>Unmet for ever: after a day it is Blocked, still contained, and an approval still lets it go on.</summary>
    public static Decision? Approved(Observation o)
    {
        if (o.Started)
            return StillApproved(o);
        if (ApprovalNeeded(o) is not { } why)
            return null;
        var plan = RecoveryPlan.For(o);
        switch (o.Episode.Approval)
        {
            case { Approved: true } approval when approval.PlanHash != plan.Hash:
                return new Decision.Block(Reasons.PlanChanged, $"the approval names plan {approval.PlanHash ?? "(none)"}, the plan is {plan.Hash}", "a person: cancel it");
            case { Approved: true } when NotChecked(o) is { } uncounted:
                return new Decision.Block(Reasons.ApprovalRefused, $"the approval does not count: {uncounted}", "a person: cancel it");
            case { Approved: true }:
                return null;
        }
        var until = (o.Progress.ApprovalAwaitedSince ?? o.Now) + ApprovalPatience;
        return o.Now >= until
            ? new Decision.Block(Reasons.ApprovalOverdue, $"nobody approved within a day ({why})", "an approval in its spec")
            : new Decision.Wait(Reasons.AwaitingApproval, NotChecked(o) is { } not
                ? $"{why}, and an approval would not count: {not}"
                : $"{why}: approve plan {plan.Hash} in spec.approval, or deny it", until);
    }

    /// <summary>
    /// What the record says of a start is no approval: where the policy itself asks for one, it is there for every step that follows.
    /// The plan that it names was compared before the start, and is not the plan of what is left to do.
    /// </summary>
    private static Decision.Block? StillApproved(Observation o) =>
        o.Episode.Approval is not { Approved: true }
        && (o.Episode.Settings.Mode == RecoveryMode.Contain || (o.Episode.Settings.ApproveDaemonSet && o.Episode.Owner == OwnerKind.DaemonSet))
            ? new Decision.Block(Reasons.ApprovalRefused, "its record says that the replacement has started, and nobody approved it", "a person: cancel it")
            : null;

    /// <summary>
    /// Why an approval counts or would count for nothing; null when it is checked. What checks it now must have been there before
    /// it was given: an approval is final, and whoever came first may have named anybody.
    /// </summary>
    private static string? NotChecked(Observation o) => o.Episode switch
    {
        { UncheckedApprovalsAllowed: true } => null,
        { ApprovalChecker: null } => $"nothing checks who approves: {o.Episode.WhyUnchecked ?? "no admission policy does"}",
        { DoubtfulFinding: { } doubt } => doubt,
        { Approval: not null } when o.Progress.ApprovalChecker != o.Episode.ApprovalChecker => "it was given before, or while, nothing checked who approves",
        _ => null,
    };

    /// <summary>
    /// Windows move on, slots are given back, a budget is overridden after its time. Unmet for ever: pods that do not become
    /// Ready keep others from being taken out, and that is Blocked at the policy's deadline.
    /// </summary>
    public static Decision? FitsLimits(Observation o) => o.Started ? null : Fits(o, o.Target);

    /// <summary>Whether one more pod may be taken out now.</summary>
    public static Decision? Fits(Observation o, Pod? pod)
    {
        var settings = o.Episode.Settings;
        if (o.Usage.BreakerOpenUntil is { } open && open > o.Now)
            return new Decision.Wait(Reasons.BreakerOpen, $"the breaker of {o.Episode.Policy} is open", open);
        if (Limits.RoomAt(o.Usage.RemovalsInHour, settings.ReplaceMaxPerHour, Limits.Hour, o.Now) is not null)
        {
            var until = Limits.BreakerOpensUntil(o.Usage.RemovalsInHour, settings.ReplaceMaxPerHour, settings.BreakerCooldown, o.Now)!.Value;
            return new Decision.Wait(Reasons.BreakerOpen, $"{settings.ReplaceMaxPerHour} replacements of {o.Episode.Policy} started in this namespace within the hour", until) { Limit = SharedLimit.NamespaceBreaker };
        }
        var ofPolicy = settings.ReplaceMaxPerHour * Limits.NamespacesPerPolicy;
        if (Limits.BreakerOpensUntil(o.Usage.RemovalsOfPolicyInHour, ofPolicy, settings.BreakerCooldown, o.Now) is { } forAll)
            return new Decision.Wait(Reasons.BreakerOpen, $"{ofPolicy} replacements of {o.Episode.Policy} started in all namespaces within the hour", forAll) { Limit = SharedLimit.PolicyBreaker };
        if (o.Usage.OtherOnWorkload is { } other)
            return new Decision.Wait(Reasons.WorkloadBusy, $"{other} replaces a pod of the same workload", o.Now + Recheck);
        if (o.Usage.InFlightOfPolicy >= settings.ReplaceMaxConcurrent)
            return new Decision.Wait(Reasons.ReplacementLimit, $"{o.Usage.InFlightOfPolicy} replacements of {o.Episode.Policy} are in flight", o.Now + Recheck) { Limit = SharedLimit.PolicySlots };
        if (o.Usage.PolicyTurn is { } policyTurn)
            return policyTurn;
        if (o.Usage.InFlightInCluster >= o.Usage.MaxInFlightInCluster)
            return new Decision.Wait(Reasons.ReplacementLimit, $"{o.Usage.InFlightInCluster} replacements are in flight in the cluster", o.Now + Recheck) { Limit = SharedLimit.ClusterSlots };
        if (o.Usage.ClusterTurn is { } clusterTurn)
            return clusterTurn;
        return Unavailable(o, pod) ?? DisruptionBudget(o, pod);
    }

    private static Decision? Unavailable(Observation o, Pod? leaving)
    {
        if (o.Workload is null)
            return null;
        var ready = o.ActivePods.Count(p => p.Ready && p.Uid != leaving?.Uid);
        var unavailable = o.Workload.Replicas - ready;
        var allowed = o.Episode.Settings.UnavailableAllowed(o.Workload.Replicas);
        // A pod that is not Ready is unavailable already: taking it out makes nothing worse.
        if (leaving is not { Ready: true } || unavailable <= allowed)
            return null;
        var why = $"{unavailable} of {o.Workload.Replicas} pods would be unavailable, {allowed} may be";
        return o.Now >= Verification.Deadline(o)
            ? new Decision.Block(Reasons.ReplacementLimit, why, "the other pods, once they are Ready")
            : new Decision.Wait(Reasons.ReplacementLimit, why, o.Now + Recheck);
    }

    private static Decision.Wait? DisruptionBudget(Observation o, Pod? leaving)
    {
        var settings = o.Episode.Settings;
        if (!settings.RespectDisruptionBudgets || leaving is not { Ready: true } || o.Surroundings.BlockingDisruptionBudget is not { } budget)
            return null;
        var until = (o.Progress.BudgetBlockedSince ?? o.Now) + settings.OverrideDisruptionBudgetAfter;
        return o.Now >= until ? null : new Decision.Wait(Reasons.DisruptionBudget, $"PodDisruptionBudget {budget} allows no disruption", until);
    }

    /// <summary>The audit line of a pod that is taken out although a budget allowed no disruption.</summary>
    public static string? OverrideNote(Observation o, Pod? leaving) =>
        o.Surroundings.BlockingDisruptionBudget is { } budget && leaving is { Ready: true, DetachedAt: null }
            ? $"PodDisruptionBudget {budget} allowed no disruption of {leaving.Name} and was overridden"
            : null;

    /// <summary>Never unmet for long: it is one write.</summary>
    public static Decision? StartRecorded(Observation o)
    {
        if (o.Progress.ReplacementStartedAt is null)
            return new Decision.Act(new Step.RecordStart(Pinning.PathOf(o), Pinning.Images(o), Pinning.PathOf(o) == PinPath.ByAdmission ? Admitting.Condemned(o)! : [], OverrideNote(o, o.Target)));
        var still = o.Progress.Images.Where(i => o.Trust.Trusts(ImageReference.Parse(i.Image))).ToList();
        // A template that was trusted from the start may name a digest that has been revoked since.
        var undecided = o.Progress is { Path: PinPath.AlreadyTrusted, Images.Count: 0 } && Pinning.Images(o).Count > 0;
        return still.Count == o.Progress.Images.Count && !undecided
            ? null
            : new Decision.Act(new Step.RecordImages([.. still.Union(Pinning.Images(o))]));
    }
}
