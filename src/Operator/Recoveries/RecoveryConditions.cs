using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>The conditions and the phase, as they follow from what was seen and decided. Written for people and kstatus; never read back.</summary>
internal static class RecoveryConditions
{
    /// <summary>Why nothing can be said of a containment that is not needed any more.</summary>
    public const string TargetGone = "TargetGone";

    /// <summary>The pod is not isolated, and its isolation was refused or failed several times.</summary>
    public const string IsolationFailed = nameof(IsolationFailed);

    /// <summary>Other NetworkPolicies let traffic of the quarantined pod through.</summary>
    public const string AllowedByOtherPolicies = nameof(AllowedByOtherPolicies);

    /// <summary>Whether the quarantine's NetworkPolicy is there could not be read.</summary>
    public const string QuarantinePolicyUnknown = nameof(QuarantinePolicyUnknown);

    /// <summary>The quarantine's NetworkPolicy is missing until it is put back.</summary>
    public const string QuarantinePolicyRemoved = nameof(QuarantinePolicyRemoved);

    /// <summary>Why the containment of a pod that is labelled cannot be shown.</summary>
    public static readonly IReadOnlyList<string> Unenforced = ["HostNetwork", QuarantinePolicyRemoved, QuarantinePolicyUnknown, AllowedByOtherPolicies];

    /// <summary>The server's words of a refusal have no bound.</summary>
    private const int LongestWords = 1024;

    public static string Clip(string words) => words.Length <= LongestWords ? words : $"{words[..(LongestWords - 1)]}…";

    public static void IsolationHasFailed(RecoveryStatus status, Recovery recovery, string why, DateTimeOffset now)
    {
        var (generation, message) = (recovery.Metadata.Generation ?? 0, $"pod {recovery.Spec.Target.Name} could not be isolated, and is tried again every few seconds: {Clip(why)}");
        status.Conditions.Set("Contained", false, IsolationFailed, message, generation, now);
        status.Conditions.Set("Ready", false, IsolationFailed, message, generation, now);
        status.Conditions.Set("Reconciling", true, IsolationFailed, message, generation, now);
        status.Conditions.Set("Stalled", false, IsolationFailed, message, generation, now);
        (status.Phase, status.Reason, status.Message) = ("Containing", IsolationFailed, message);
    }

    public static void Describe(RecoveryStatus status, Observation seen, Decision decision, string ns, long generation)
    {
        void Set(string type, bool? value, string reason, string message = "") =>
            status.Conditions.Set(type, value, reason, message, generation, seen.Now);

        var (reason, message) = Words(decision);
        if (Contained(seen, decision, ns) is var (contained, why, how) && (seen.Target is not null || status.Conditions.All(c => c.Type != "Contained" || c.Reason == IsolationFailed)))
            Set("Contained", contained, why, how);
        Set("EvidenceCaptured", status.Evidence.Count == 0 ? seen.Target is null ? false : null : status.Evidence.Any(e => e.Key is not null),
            status.Evidence.Count == 0 ? "NotCaptured" : "Captured",
            string.Join("; ", status.Evidence.Where(e => e.Message is not null).Select(e => $"{e.Kind} {e.Container}: {e.Message}")));
        var byAdmission = decision is not Decision.Wait { Reason: Reasons.WaitingForAdmission }
            && seen.Progress is { Path: PinPath.ByAdmission, ReplacementStartedAt: not null } && seen.Admission.PinsTags;
        var trusted = byAdmission || (seen.Workload is { } w && seen.Trusts(w.Template) && w.ReplicaSets.All(r => seen.Trusts(r.Template)));
        Set("ImageTrusted",
            trusted ? seen.Episode.Settings.Require == Domain.Trust.TrustRequirement.Listed ? true : null : false,
            byAdmission ? "PinnedAtAdmission" : trusted ? seen.Episode.Settings.Require.ToString() : decision is Decision.Block { Reason: Reasons.NoTrustedDigest } ? Reasons.NoTrustedDigest : "TemplateNotTrusted",
            byAdmission ? "admission pins the next pod to a trusted digest" : trusted ? "the next pod will run a trusted digest" : "the template names an image that is no trusted digest");
        Set("Replaced", status.ReplacedAt is not null, status.ReplacedAt is null ? "NotReplaced" : "Replaced");
        var verified = decision is Decision.End { Reason: Reasons.Verified };
        Set("Verified", verified, verified ? Reasons.Verified : status.ReplacedAt is null ? "NotReplaced" : "Soaking");

        var good = decision is Decision.End { Outcome: Outcome.Succeeded };
        Set("Ready", good, reason, message);
        Set("Reconciling", decision is Decision.Act or Decision.Wait, reason, message);
        Set("Stalled", decision is Decision.Block || decision is Decision.End { Outcome: not (Outcome.Succeeded or Outcome.Skipped) }, reason, message);
        (status.Reason, status.Message, status.Phase) = (reason, message, Phase(status, seen, decision));
    }

    private static (string Reason, string Message) Words(Decision decision) => decision switch
    {
        Decision.Act { Step: var step } => (step.GetType().Name, "in progress"),
        Decision.Wait wait => (wait.Reason, wait.Message),
        Decision.Block block => (block.Reason, $"{block.Message}; woken by {block.WokenBy}"),
        Decision.End end => (end.Reason, end.Message),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Phase(RecoveryStatus status, Observation seen, Decision decision) => decision switch
    {
        Decision.End end => end.Outcome.ToString(),
        Decision.Block => "Blocked",
        Decision.Wait { Reason: Reasons.AwaitingApproval } => "AwaitingApproval",
        _ when seen.Progress.SoakStartedAt is not null || status.Progress?.SoakStartedAt is not null => "Verifying",
        _ when seen.Started || status.Progress?.ReplacementStartedAt is not null => "Replacing",
        _ when seen.Target is { Quarantined: true } => seen.EvidenceCaptured ? "Replacing" : "CapturingEvidence",
        Decision.Wait => "Pending",
        _ => "Containing",
    };

    private static (bool? Status, string Reason, string Message) Contained(Observation seen, Decision decision, string ns) => seen.Target switch
    {
        null => (null, TargetGone, "the pod was gone before it could be contained"),
        { Quarantined: false } when decision is Decision.Block { Reason: Reasons.Refused, Message: var refusal } => (false, IsolationFailed, refusal),
        { Quarantined: false } => (false, Words(decision).Reason, Words(decision).Message),
        _ when !seen.Episode.Settings.DenyNetwork => (true, "Labelled", "labelled only: the policy asks for no network isolation"),
        { HostNetwork: true } => (null, "HostNetwork", "the pod uses the node's network, which NetworkPolicies do not isolate"),
        _ when seen.Surroundings is { ClusterDeny: { }, ClusterDenyOnlyPods: false } => Isolated(seen),
        _ when seen.Surroundings.QuarantinePolicyProblem is { } problem => problem.Refused
            ? (false, IsolationFailed, $"the pod is labelled, but the quarantine NetworkPolicy was refused: {problem.Why}{PodsDenied(seen)}")
            : (null, QuarantinePolicyUnknown, $"the quarantine NetworkPolicy could not be read or installed: {problem.Why}{PodsDenied(seen)}"),
        _ when !seen.Surroundings.QuarantinePolicyPresent =>
            (null, QuarantinePolicyRemoved, $"somebody removed or changed the quarantine NetworkPolicy, and it is put back within a minute{PodsDenied(seen)}"),
        { } when seen.Surroundings.AllowedByOthers is { IsNone: false } allowed =>
            (null, AllowedByOtherPolicies, $"NetworkPolicies are unions, and others allow traffic of the quarantined pod: {allowed.Describe(ns)}{PodsDenied(seen)}"),
        _ => Isolated(seen),
    };

    private static (bool? Status, string Reason, string Message) Isolated(Observation seen)
    {
        var (detached, surroundings) = (seen.Target!.DetachedAt is not null, seen.Surroundings);
        var effect = surroundings.ClusterDenyEffect is { } words ? $"; {words}" : "";
        return (true, detached ? "IsolatedAndDetached" : "Isolated",
            $"isolated by {surroundings.ClusterDeny ?? "NetworkPolicy"}, as far as the network plugin enforces it{(detached ? ", and taken out of its Services" : "")}{effect}");
    }

    /// <summary>What a deny of pods still does where the NetworkPolicy beside it does not.</summary>
    private static string PodsDenied(Observation seen) =>
        seen.Surroundings.ClusterDeny is { } deny ? $"; {deny} denies all traffic but what comes from nodes and from outside the cluster" : "";
}
