using System.Diagnostics;
using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What the operator's steps do to the world, and what its recorder remembers.</summary>
internal sealed partial class World
{
    public void Apply(Step step)
    {
        switch (step)
        {
            case Step.InstallQuarantinePolicy s:
                QuarantinePolicy = true;
                Progress = Progress with { NetworkPolicyRestored = Progress.NetworkPolicyRestored + (s.Restoration ? 1 : 0), NetworkPolicyInstalledAt = Now };
                break;
            case Step.Contain s:
                Change(s.Uid, p => Isolated(p, s.Detach));
                break;
            case Step.ContainSibling s:
                Change(s.Uid, p => Isolated(p, detach: false));
                break;
            case Step.DetachOriginal s:
                Change(s.Uid, p => Isolated(p, detach: true, s.Keep));
                break;
            case Step.Cordon:
                Node = Node! with { Unschedulable = true, HeldByRecoveries = true, HeldByThis = true };
                break;
            case Step.Uncordon:
                Node = Node! with { Unschedulable = false, HeldByRecoveries = false, HeldByThis = false };
                break;
            case Step.Evict s:
                Evict(s.Uid);
                break;
            case Step.CaptureEvidence s:
                var done = Now + (EvidenceTakes < s.Deadline ? EvidenceTakes : s.Deadline);
                while (Now < done)
                    Advance(done);
                EvidenceCaptured = true;
                break;
            case Step.HoldRollout:
                (Paused, PausedBy) = (true, Name);
                break;
            case Step.PinDeployment s:
                Pin(s);
                break;
            case Step.PinTemplate { Kind: OwnerKind.ReplicaSet } s:
                var set = sets.Single(x => x.Name == s.Name);
                set.Template = Pinned(set.Template, s.Images);
                break;
            case Step.PinTemplate s:
                Template = Pinned(Template, s.Images);
                CountPin();
                break;
            case Step.MarkFirstInRollout s:
                Change(s.Uid, p => p with { FirstInRollout = true });
                break;
            case Step.Delete s:
                lives[s.Uid].Pod.ResourceVersion.Should().Be(s.ResourceVersion, "what is destroyed was just seen");
                Stop(lives[s.Uid].Pod, s.GracePeriodSeconds);
                break;
            case Step.Unpause:
                (Paused, PausedBy) = (false, null);
                break;
            case Step.Revoke s:
                Revoke(s.Images);
                break;
            case { IsRecorded: true }:
                Record(step);
                break;
            default:
                throw new UnreachableException($"{step}");
        }
        React(step);
        Settle();
    }

    /// <summary>What a wait leaves in the record, and in the ledger.</summary>
    public void Remember(Decision.Wait wait)
    {
        if (wait.Reason == Reasons.AwaitingApproval)
            Progress = Progress with { ApprovalAwaitedSince = Progress.ApprovalAwaitedSince ?? Now };
        if (wait.Reason == Reasons.DisruptionBudget)
            Progress = Progress with { BudgetBlockedSince = Progress.BudgetBlockedSince ?? Now };
        if (wait.Reason == Reasons.BreakerOpen && !(Usage.BreakerOpenUntil > Now))
            Usage = Usage with { BreakerOpenUntil = wait.Until };
    }

    private void Record(Step step)
    {
        Progress = step switch
        {
            Step.RecordStart s => Progress with
            {
                ReplacementStartedAt = Target?.DetachedAt ?? Now,
                Path = s.Path,
                Images = s.Images,
                Condemned = s.Condemned,
                Removals = Target is null ? Progress.Removals : [.. Progress.Removals, new(TargetUid, Target.DetachedAt ?? Now)],
                BudgetBlockedSince = null,
            },
            Step.RecordPath s => Progress with { Path = s.Path, DecidedAgainAt = Now },
            Step.RecordImages s => Progress with { Images = s.Images, DecidedAgainAt = Now },
            Step.RecordRemoval s => Progress with { Removals = [.. Progress.Removals, new(s.Uid, Now)], BudgetBlockedSince = null, SoakStartedAt = null },
            Step.RecordReplaced => Progress with { SoakStartedAt = Now },
            Step.RecordCordonYields => Progress with { CordonYielded = true },
            Step.RecordDrain => Progress with { DrainStartedAt = Now },
            Step.RecordDrained => Progress with { NodeDrainedAt = Now },
            _ => throw new UnreachableException(),
        };
        if (step is Step.RecordStart { Note: { } start })
            Notes.Add(start);
        if (step is Step.RecordCordonYields yields)
            Notes.Add(yields.Note);
        if (step is Step.RecordDrained { Note: { } drained })
            Notes.Add(drained);
        if (step is Step.RecordReplaced { Note: { } left })
            Notes.Add(left);
        if (step is Step.RecordPath path)
            Notes.Add(path.Note);
        if (step is Step.RecordRemoval { Note: { } removal })
            Notes.Add(removal);
    }

    private void Pin(Step.PinDeployment step)
    {
        var pinned = Pinned(Template, step.Images);
        if (!pinned.SequenceEqual(Template))
            CountPin();
        Template = pinned;
        (Paused, PausedBy) = step.Pausing switch
        {
            Pausing.Pause when !Paused => (true, Name),
            Pausing.Unpause => (false, null),
            _ => (Paused, PausedBy),
        };
    }

    private void CountPin()
    {
        if (++Pins > 1)
            Progress = Progress with { DecidedAgainAt = Now };
    }

    private static IReadOnlyList<TemplateContainer> Pinned(IReadOnlyList<TemplateContainer> template, IReadOnlyList<PinnedImage> images) =>
        [.. template.Select(c => images.FirstOrDefault(i => i.Container == c.Name) is { } pin ? c with { Image = pin.Image } : c)];

    private Pod Isolated(Pod pod, bool detach, bool keep = true) => pod with
    {
        Quarantined = true,
        ContainedAt = pod.ContainedAt ?? Now,
        DetachedAt = detach ? Now : pod.DetachedAt,
        RetainUntil = detach && keep && Settings.KeepOriginalFor > TimeSpan.Zero ? Now + Settings.KeepOriginalFor : pod.RetainUntil,
    };

    private void Change(string uid, Func<Pod, Pod> change)
    {
        var life = lives[uid];
        life.Pod = change(life.Pod) with { ResourceVersion = $"{int.Parse(life.Pod.ResourceVersion, System.Globalization.CultureInfo.InvariantCulture) + 1}" };
    }
}
