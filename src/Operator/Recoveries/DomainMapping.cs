using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Domain.Policies;
using Operator.Domain.Trust;
using RecoveryMode = Operator.Domain.Planning.RecoveryMode;
using TrustRequirement = Operator.Domain.Trust.TrustRequirement;

namespace Operator.Recoveries;

/// <summary>From what stands in custom resources to what the domain decides on.</summary>
internal static class DomainMapping
{
    public static RecoverySettings ToSettings(this ProtocolSpec spec) => new()
    {
        Mode = (RecoveryMode)spec.Mode,
        DenyNetwork = spec.Contain.Network == NetworkContainment.DenyAll,
        CordonNode = spec.Contain.Node != NodeContainment.None,
        DrainNode = spec.Contain.Node == NodeContainment.Drain,
        EvidenceDeadline = spec.Evidence.Deadline,
        MayPin = spec.Replace.Pin != PinMode.None,
        PinAtAdmission = spec.Replace.Pin == PinMode.Auto,
        WaitForCommit = spec.Replace.GitOps == GitOpsMode.Wait,
        Revoke = spec.Trust.Revoke == RevocationMode.OnRecovery,
        RetainOriginalFor = spec.Replace.RetainOriginalFor,
        ConnectionsMustEnd = spec.Contain.Connections == ConnectionContainment.MustEnd,
        GracePeriodSeconds = spec.Replace.GracePeriodSeconds,
        RespectDisruptionBudgets = spec.Replace.DisruptionBudgets.Respect,
        OverrideDisruptionBudgetAfter = spec.Replace.DisruptionBudgets.OverrideAfter,
        ApproveLastReadyPod = spec.Replace.Approval.Contains(ApprovalCase.LastReadyPod),
        ApproveDaemonSet = spec.Replace.Approval.Contains(ApprovalCase.DaemonSet),
        Require = (TrustRequirement)spec.Trust.Require,
        VerifyDeadline = spec.Verify.Deadline,
        Soak = spec.Verify.Soak,
        ContainMaxPerNamespace = spec.Limits.Contain.MaxPerNamespace,
        ContainPer = spec.Limits.Contain.Per,
        ReplaceMaxConcurrent = spec.Limits.Replace.MaxConcurrent,
        ReplaceMaxPerHour = spec.Limits.Replace.MaxPerHour,
        BreakerCooldown = spec.Limits.Replace.Cooldown,
        MaxUnavailable = (spec.Limits.Replace.MaxUnavailable.Number, spec.Limits.Replace.MaxUnavailable.IsPercent),
        EscalateAfter = spec.Escalate.After,
    };

    public static ProtocolSpec ToProtocol(this RecoveryPolicySpec spec) =>
        Protocol(spec, new ClusterContainSpec { Network = spec.Contain.Network, Connections = spec.Contain.Connections }, new ClusterTrustSpec { Require = spec.Trust.Require });

    public static ProtocolSpec ToProtocol(this ClusterRecoveryPolicySpec spec) => Protocol(spec, spec.Contain, spec.Trust);

    private static ProtocolSpec Protocol(PolicySpec spec, ClusterContainSpec contain, ClusterTrustSpec trust) => new()
    {
        Mode = spec.Mode,
        Contain = contain,
        Evidence = spec.Evidence,
        Replace = spec.Replace,
        Trust = trust,
        Verify = spec.Verify,
        Limits = spec.Limits,
        Escalate = spec.Escalate,
    };

    /// <summary>What a finding made by hand may ask for: no node action, and no revocation for the whole cluster.</summary>
    public static ProtocolSpec ForManual(this ProtocolSpec spec) => spec with
    {
        Contain = spec.Contain with { Node = NodeContainment.None },
        Trust = spec.Trust with { Revoke = RevocationMode.Never },
    };

    /// <summary>The policy as people know it: its kind and name.</summary>
    public static string Display(this PolicyCopy policy) => $"{policy.Kind} {policy.Name}";

    public static PolicyReference ToReference(this PolicyCopy policy) => new() { Kind = policy.Kind, Name = policy.Name };

    public static ResolvedTarget ToResolved(this RecoveryTarget target) => new() { Namespace = target.Namespace, Pod = target.Name, Uid = target.Uid };

    public static LabelSelector ToSelector(this PodSelector? selector) => selector is null ? new() : new()
    {
        MatchLabels = selector.MatchLabels,
        MatchExpressions = [.. selector.MatchExpressions.Select(e => new LabelExpression { Key = e.Key, Operator = e.Operator.ToString(), Values = e.Values })],
    };

    public static TrustedRepository ToRepository(this TrustedImage image) => new(
        image.Metadata.Name,
        image.Spec.Repositories,
        [.. image.Spec.Digests.Select(d => new ListedDigest(d.Digest, d.Tags, [.. d.Platforms.Select(p => p.Digest)]))]);

    public static Progress ToProgress(this RecoveryStatus? status) => status?.Progress is not { } p ? new() : new()
    {
        Path = Enum.TryParse<PinPath>(p.Path, out var path) ? path : null,
        Images = [.. p.Images.Select(i => new Domain.Planning.PinnedImage(i.Container, i.Image, i.TrustedBy ?? ""))],
        Condemned = p.Condemned,
        ReplacementStartedAt = p.ReplacementStartedAt,
        Removals = [.. p.Removals.Select(r => new Domain.Planning.RemovedPod(r.Uid, r.At))],
        SoakStartedAt = p.SoakStartedAt,
        DecidedAgainAt = p.DecidedAgainAt,
        NetworkPolicyRestored = p.NetworkPolicyRestored,
        NetworkPolicyInstalledAt = p.NetworkPolicyInstalledAt,
        Pins = p.Pins,
        BudgetBlockedSince = p.BudgetBlockedSince,
        DrainStartedAt = p.DrainStartedAt,
        NodeDrainedAt = p.NodeDrainedAt,
        CordonYielded = p.CordonYielded,
        ApprovalAwaitedSince = p.ApprovalAwaitedSince,
        ApprovalChecker = p.ApprovalChecker,
    };
}
