using Operator.Domain.Trust;

namespace Operator.Domain.Planning;

public enum RecoveryMode
{
    Observe,
    Contain,
    Recover,
}

/// <summary>What the policy says about one recovery, as copied when it began.</summary>
public sealed record RecoverySettings
{
    public RecoveryMode Mode { get; init; } = RecoveryMode.Recover;
    public bool DenyNetwork { get; init; } = true;
    public bool CordonNode { get; init; }

    /// <summary>Its other pods leave it as well. Implies the cordon.</summary>
    public bool DrainNode { get; init; }
    public TimeSpan EvidenceDeadline { get; init; } = TimeSpan.FromSeconds(5);
    public bool MayPin { get; init; } = true;

    /// <summary>Where the cluster offers it, no template is written.</summary>
    public bool PinAtAdmission { get; init; } = true;

    /// <summary>Digests that ran untrusted may be revoked, for the whole cluster.</summary>
    public bool Revoke { get; init; }

    /// <summary>What a GitOps tool or Helm manages is changed where it comes from, and waited for.</summary>
    public bool WaitForCommit { get; init; }

    public TimeSpan RetainOriginalFor { get; init; }

    /// <summary>Connections that the pod has open must not outlive its containment for longer than it takes to replace it.</summary>
    public bool ConnectionsMustEnd { get; init; }

    /// <summary>How long the original is kept: only the end of the pod ends its connections with every network plugin.</summary>
    public TimeSpan KeepOriginalFor => ConnectionsMustEnd ? TimeSpan.Zero : RetainOriginalFor;
    public int GracePeriodSeconds { get; init; } = 1;
    public bool RespectDisruptionBudgets { get; init; } = true;
    public TimeSpan OverrideDisruptionBudgetAfter { get; init; } = TimeSpan.FromMinutes(5);
    public bool ApproveLastReadyPod { get; init; } = true;
    public bool ApproveDaemonSet { get; init; } = true;
    public TrustRequirement Require { get; init; } = TrustRequirement.Listed;
    public TimeSpan VerifyDeadline { get; init; } = TimeSpan.FromMinutes(10);
    public TimeSpan Soak { get; init; } = TimeSpan.FromMinutes(2);
    public int ContainMaxPerNamespace { get; init; } = 50;
    public TimeSpan ContainPer { get; init; } = TimeSpan.FromMinutes(10);
    public int ReplaceMaxConcurrent { get; init; } = 3;
    public int ReplaceMaxPerHour { get; init; } = 20;
    public TimeSpan BreakerCooldown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A number of pods or a percentage, of which the latter is rounded up; never less than one.</summary>
    public (int Number, bool IsPercent) MaxUnavailable { get; init; } = (25, true);

    public int EscalateAfter { get; init; } = 3;

    public int UnavailableAllowed(int replicas) =>
        Math.Max(1, MaxUnavailable.IsPercent ? (replicas * MaxUnavailable.Number + 99) / 100 : MaxUnavailable.Number);
}
