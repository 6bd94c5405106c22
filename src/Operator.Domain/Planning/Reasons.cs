namespace Operator.Domain.Planning;

/// <summary>The words for programs: what stands in status.reason.</summary>
public static class Reasons
{
    public const string ApprovalOverdue = nameof(ApprovalOverdue);
    public const string ApprovalRefused = nameof(ApprovalRefused);
    public const string AwaitingApproval = nameof(AwaitingApproval);
    public const string AwaitingCommit = nameof(AwaitingCommit);
    public const string BreakerOpen = nameof(BreakerOpen);
    public const string Cancelled = nameof(Cancelled);
    public const string ContainmentLimit = nameof(ContainmentLimit);
    public const string Denied = nameof(Denied);
    public const string DisruptionBudget = nameof(DisruptionBudget);
    public const string Draining = nameof(Draining);
    public const string DrainStalled = nameof(DrainStalled);
    public const string Escalated = nameof(Escalated);
    public const string FinalizerHolds = nameof(FinalizerHolds);
    public const string Foreign = nameof(Foreign);
    public const string GitOpsConflict = nameof(GitOpsConflict);
    public const string ImmutableTemplate = nameof(ImmutableTemplate);
    public const string NoController = nameof(NoController);
    public const string NodeBusy = nameof(NodeBusy);
    public const string NoReplacementNeeded = nameof(NoReplacementNeeded);
    public const string NoTrustedDigest = nameof(NoTrustedDigest);
    public const string NotPermitted = nameof(NotPermitted);
    public const string ObserveOnly = nameof(ObserveOnly);
    public const string PartitionHolds = nameof(PartitionHolds);
    public const string PinningNotAllowed = nameof(PinningNotAllowed);
    public const string PlanChanged = nameof(PlanChanged);
    public const string Protected = nameof(Protected);
    public const string Recompromised = nameof(Recompromised);
    public const string Refused = nameof(Refused);
    public const string ReplacementLimit = nameof(ReplacementLimit);
    public const string ReplacementUnknown = nameof(ReplacementUnknown);
    public const string ReplacementUntrusted = nameof(ReplacementUntrusted);
    public const string RolloutStalled = nameof(RolloutStalled);
    public const string RollingOut = nameof(RollingOut);
    public const string Soaking = nameof(Soaking);
    public const string StaticPod = nameof(StaticPod);
    public const string Superseded = nameof(Superseded);
    public const string Terminating = nameof(Terminating);
    public const string UnsupportedOwner = nameof(UnsupportedOwner);
    public const string VerificationOverdue = nameof(VerificationOverdue);
    public const string Verified = nameof(Verified);
    public const string WaitingForAdmission = nameof(WaitingForAdmission);
    public const string WaitingForController = nameof(WaitingForController);
    public const string WaitingForReplacement = nameof(WaitingForReplacement);
    public const string WorkloadBusy = nameof(WorkloadBusy);
}
