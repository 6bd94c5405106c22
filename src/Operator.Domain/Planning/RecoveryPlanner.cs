using Operator.Domain.Planning.Rules;

namespace Operator.Domain.Planning;

/// <summary>
/// The protocol: an ordered list of what must hold. The first rule that does not hold says what is done about it.
/// Each rule also says what happens when it is never met.
/// </summary>
public static class RecoveryPlanner
{
    public delegate Decision? Rule(Observation observation);

    public static readonly IReadOnlyList<(string MustHold, Rule Rule)> Protocol =
    [
        ("the target may be touched", Course.NotProtected),
        ("the policy lets it act", Course.ModeLetsAct),
        ("nobody has called it off", Course.NotCalledOff),
        ("the platform does not recover the same pod", Course.NotSuperseded),
        ("a person has approved touching what the cluster depends on", Permission.MayTouchCritical),
        ("its workload still wants pods", Course.WorkloadWantsPods),
        ("no replacement was compromised again", Verification.NotRecompromised),
        ("the quarantine NetworkPolicy is there", Containment.PolicyInstalled),
        ("the target is contained", Containment.TargetContained),
        ("its node is cordoned, where the policy asks for it", Containment.NodeCordoned),
        ("no rollout spreads an untrusted image meanwhile", Pinning.RolloutHeld),
        ("the evidence is captured", Containment.EvidenceCaptured),
        ("its owner is one that can be replaced", Course.OwnerSupported),
        ("its Job would make another one", Jobs.NotFinished),
        ("replacing has not already failed to help", Course.NotEscalated),
        ("no partition holds the untrusted image back", Partition.NotHeldBack),
        ("a trusted digest is known for every container", Pinning.ImagesKnown),
        ("no Job makes the next pod from an untrusted template", Jobs.TemplateTrusted),
        ("what manages the workload names a trusted digest, where it is to be waited for", Source.Committed),
        ("the operator may write the templates that it must", Rights.TemplatesWritable),
        ("a person has approved, where one must", Permission.Approved),
        ("the replacement fits its limits", Permission.FitsLimits),
        ("its start is recorded", Permission.StartRecorded),
        ("nobody puts the untrusted image back", Source.PinHolds),
        ("the path that its start names is open", Admitting.StillOpen),
        ("what ran untrusted is revoked, where the policy asks for it", Admitting.Revoked),
        ("admission has shown what becomes of the next pod", Admitting.Shown),
        ("the next pod will be trusted", Pinning.NextPodTrusted),
        ("the compromised pod was asked to go", Removal.TargetLeaving),
        ("the Deployment is not paused by us any longer", Pinning.Unpaused),
        ("the compromised pod is gone, or kept isolated", Removal.TargetGone),
        ("no cordon of ours keeps a replacement from a node", Draining.CordonYields),
        ("no replacement came out untrusted", Replacements.Trusted),
        ("no sibling runs an untrusted image", Removal.SiblingsTrusted),
        ("every pod is Ready and trusted", Verification.Replaced),
        ("the replacement is recorded", Verification.Recorded),
        ("its node is drained, where the policy asks for it", Draining.NodeDrained),
        ("it has soaked", Verification.Soaked),
    ];

    /// <summary>Why a node is not cordoned although the policy asks for it; null when it may be or is.</summary>
    public static string? RefusalToCordon(Node node) => Containment.RefusalToCordon(node);

    /// <summary>When to look again at the latest because the quarantine NetworkPolicy is missing, whatever else is waited for; null while it is there.</summary>
    public static DateTimeOffset? QuarantineDue(Observation observation) => Containment.PolicyDue(observation);

    /// <summary>What a dry run must show before this can be decided; null when nothing.</summary>
    public static TrialRequest? TrialOf(Observation observation) => Admitting.TrialOf(observation);

    /// <summary>What the untrusted containers of a template are to be pinned to, as far as that is known.</summary>
    public static IReadOnlyList<PinnedImage> PinsOf(Observation observation, IReadOnlyList<TemplateContainer> template) => Pinning.PinsOf(observation, template);

    public static Decision Decide(Observation observation)
    {
        foreach (var (_, rule) in Protocol)
        {
            if (rule(observation) is { } decision)
                return decision;
        }
        return new Decision.End(Outcome.Succeeded, Reasons.Verified, Replacements.LeftAlone(observation) is { } left
            ? $"every replacement runs a trusted image and every pod is Ready; {left}"
            : "every pod of the workload runs a trusted image and is Ready");
    }
}
