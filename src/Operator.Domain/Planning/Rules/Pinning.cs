using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>The question is never what the Deployment says, but what will create the next pod.</summary>
internal static class Pinning
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>Nothing tells of a change in what is of a kind of its own.</summary>
    private static readonly TimeSpan Unwatched = TimeSpan.FromSeconds(2);

    public static bool PausedByThis(Observation o) => o.Workload is { Paused: true } w && w.PausedBy == o.Episode.Name;

    private static bool PausedByUser(Observation o) => o.Workload is { Paused: true, PausedBy: null };

    public static string StaysPaused(Observation o) => PausedByThis(o) ? "; it stays paused until then, or until this recovery is cancelled" : "";

    /// <summary>Everything that can make a pod of this workload.</summary>
    public static IEnumerable<IReadOnlyList<TemplateContainer>> Templates(Observation o) =>
        o.ActivePods.Append(o.Target).OfType<Pod>().Select(p => Partition.Held(o, p)).FirstOrDefault(h => h is not null) is { } held
            ? [.. OwnTemplates(o), held.Template]
            : OwnTemplates(o);

    /// <summary>What makes the next pod in the place of the target.</summary>
    private static IEnumerable<IReadOnlyList<TemplateContainer>> NextTemplates(Observation o) =>
        o.Target is { } target && Partition.Held(o, target) is { } held ? [.. OwnTemplates(o), held.Template] : OwnTemplates(o);

    private static IEnumerable<IReadOnlyList<TemplateContainer>> OwnTemplates(Observation o) =>
        o.Workload is null ? [] : [o.Workload.Template, .. o.Workload.ReplicaSets.Select(r => r.Template), .. o.Workload.Jobs.Select(j => j.Template)];

    /// <summary>A rollout replaces the ReplicaSets that it leaves behind; in place, each of them is pinned.</summary>
    private static IEnumerable<IReadOnlyList<TemplateContainer>> TemplatesToPin(Observation o) => PathOf(o) switch
    {
        PinPath.Rollout => OwnTemplates(o).Take(1),
        PinPath.ByAdmission => Templates(o),
        _ => OwnTemplates(o),
    };

    public static bool AllTemplatesTrusted(Observation o) => NextTemplates(o).All(o.Trusts);

    /// <summary>A rollout under way cannot be pinned in place: its old ReplicaSets would go on refilling from their own templates.</summary>
    public static PinPath PathOf(Observation o) => (o.Progress.Path, o.Workload) switch
    {
        (PinPath.Rollout, _) when !PausedByUser(o) => PinPath.Rollout,
        (PinPath.InPlace, _) => PinPath.InPlace,
        _ when AllTemplatesTrusted(o) => PinPath.AlreadyTrusted,
        (PinPath.ByAdmission, _) => PinPath.ByAdmission,
        (null, _) when Admitting.Fits(o) => PinPath.ByAdmission,
        _ => PathByTemplate(o),
    };

    public static PinPath PathByTemplate(Observation o) => o.Workload switch
    {
        { Kind: OwnerKind.StatefulSet or OwnerKind.DaemonSet, OnDelete: false } or { Kind: OwnerKind.Other } => PinPath.Rollout,
        { RollingOut: true } when !PausedByUser(o) && !PausedByThis(o) => PinPath.Rollout,
        _ => PinPath.InPlace,
    };

    /// <summary>What an untrusted container of a template is pinned to; null where that is not known.</summary>
    public static PinnedImage? PinOf(Observation o, TemplateContainer container) => PinsOf(o, [container]).FirstOrDefault();

    public static IReadOnlyList<PinnedImage> PinsOf(Observation o, IReadOnlyList<TemplateContainer> template) =>
        [.. from choice in Choices(o, template)
            where choice.Digest is DigestChoice.Chosen
            let chosen = (DigestChoice.Chosen)choice.Digest
            select new PinnedImage(choice.Container, chosen.Image.ToString(), chosen.TrustedBy)];

    /// <summary>Every pin that this recovery would make, by container.</summary>
    public static IReadOnlyList<PinnedImage> Images(Observation o) => [.. TemplatesToPin(o).SelectMany(t => PinsOf(o, t)).Distinct()];

    private static IEnumerable<(string Container, DigestChoice Digest)> Choices(Observation o, IReadOnlyList<TemplateContainer> template) =>
        from container in template
        where !o.Trusts(container)
        let image = ImageReference.Parse(container.Image)
        select (container.Name, container.IsVolume ? NotPinned(container) : Decided(o, container.Name, image) ?? o.Trust.Choose(image, RanBy(o, container.Name)));

    private static DigestChoice.None NotPinned(TemplateContainer volume) =>
        new($"it is a volume that mounts {volume.Image}, which is revoked, and image volumes are not pinned");

    /// <summary>Digests are fixed when the replacement starts; only a revocation chooses again.</summary>
    private static DigestChoice.Chosen? Decided(Observation o, string container, ImageReference image) =>
        (from pin in o.Progress.Images
         let pinned = ImageReference.Parse(pin.Image)
         where pin.Container == container && pinned.CanonicalRepository == image.CanonicalRepository
             && pinned.Tag == image.Tag && o.Trust.Trusts(pinned)
         select new DigestChoice.Chosen(image.At(pinned.Digest!), pin.TrustedBy)).FirstOrDefault();

    /// <summary>What the target ran. Once it is gone, what all of its siblings run.</summary>
    public static RunningImage? RanBy(Observation o, string container)
    {
        var ran = from pod in o.Target is { } target ? [target] : o.ActivePods
                  from c in pod.Containers
                  where c.Name == container && c.ImageId is not null
                  select RunningImage.Parse(c.ImageId);
        return ran.Distinct().ToList() is [var image] ? image : null;
    }

    /// <summary>Unmet for ever: contained and Blocked, until a TrustedImage lists what is missing.</summary>
    public static Decision? ImagesKnown(Observation o)
    {
        var choices = TemplatesToPin(o).SelectMany(t => Choices(o, t)).ToList();
        if (choices.Count == 0)
            return null;
        if (!o.Episode.Settings.MayPin)
            return new Decision.Block(Reasons.PinningNotAllowed, $"container {choices[0].Container} names no trusted digest in the template, and the policy does not let it be pinned", "the workload's template");
        return choices.FirstOrDefault(c => c.Digest is DigestChoice.None) is { Digest: DigestChoice.None { Reason: var why }, Container: var container }
            ? new Decision.Block(Reasons.NoTrustedDigest, $"container {container}: {why}{StaysPaused(o)}", "a TrustedImage")
            : null;
    }

    /// <summary>
    /// A rollout towards an untrusted image would make more compromised pods while evidence is gathered, so it is paused first.
    /// Never unmet for long: evidence has a deadline, and the pin ends the pause.
    /// </summary>
    public static Decision? RolloutHeld(Observation o)
    {
        if (o.EvidenceCaptured || o.Target is null || o.Workload is not { RollingOut: true, Paused: false } workload || o.Trusts(workload.Template))
            return null;
        // What the rollout makes is pinned on its way in.
        if (PathOf(o) == PinPath.ByAdmission)
            return null;
        var permitted = o.Started || (o.Episode.Settings.Mode == RecoveryMode.Recover
            && (Course.OwnerSupported(o) ?? Course.NotEscalated(o) ?? ImagesKnown(o) ?? Source.Committed(o) ?? Rights.TemplatesWritable(o) ?? Permission.Approved(o) ?? Permission.FitsLimits(o)) is null);
        if (!permitted)
            return null;
        return Permission.StartRecorded(o) ?? new Decision.Act(new Step.HoldRollout(workload.Name, workload.Uid));
    }

    /// <summary>Unmet for ever: a rollout that stalls, or a controller that sees nothing, is Blocked at the policy's deadline.</summary>
    public static Decision? NextPodTrusted(Observation o)
    {
        if (o.Workload is not { } workload)
            return null;
        if (PathOf(o) == PinPath.ByAdmission)
            return null;
        if (PathOf(o) == PinPath.Rollout)
            return RolledOut(o, workload);
        if (AllTemplatesTrusted(o))
        {
            return workload.ReplicaSets.All(r => r.Settled) && (workload.Settled || workload.Kind == OwnerKind.Deployment)
                ? null
                : Unseen(o, $"the controller of {Course.Owner(o)} has not seen its template yet");
        }
        if (workload.Kind == OwnerKind.Deployment && (!o.Trusts(workload.Template) || !workload.Paused))
        {
            return new Decision.Act(new Step.PinDeployment(
                workload.Name, workload.Uid, PinsOf(o, workload.Template), PausedByUser(o) ? Pausing.LeaveAsIs : Pausing.Pause));
        }
        // A Deployment's controller that knows of no pause would take its changed ReplicaSet for another revision, and make one from the old template.
        if (workload is { Kind: OwnerKind.Deployment, Settled: false })
            return Unseen(o, "the Deployment's controller has not seen the pause yet");
        if (workload.Kind == OwnerKind.CronJob && o.Trusts(workload.Template))
            return Jobs.Untrusted(o, o.Target);
        return workload.ReplicaSets.FirstOrDefault(r => !o.Trusts(r.Template)) is { } untrusted
            ? new Decision.Act(new Step.PinTemplate(OwnerKind.ReplicaSet, untrusted.Name, untrusted.Uid, PinsOf(o, untrusted.Template)))
            : PinOwn(o, workload);
    }

    private static Decision.Act PinOwn(Observation o, Workload workload) =>
        new(new Step.PinTemplate(workload.Kind, workload.Name, workload.Uid, PinsOf(o, workload.Template)));

    private static Decision? RolledOut(Observation o, Workload workload)
    {
        // What takes one pod after another by its number or its node is not waited for: the compromised pod goes at once, by its UID.
        if (workload.Kind is OwnerKind.StatefulSet or OwnerKind.DaemonSet || (workload.Kind == OwnerKind.Other && workload.ReplicaSets.Count == 0))
            return !o.Trusts(workload.Template) ? PinOwn(o, workload) : workload.Settled ? null : Unseen(o, $"the controller of {Course.Owner(o)} has not seen its template yet");
        var unmarked = o.ActivePods.FirstOrDefault(p => !p.FirstInRollout && (p.Uid == o.Episode.TargetUid || o.Judge(p) == TrustVerdict.Untrusted));
        if (unmarked is not null)
            return new Decision.Act(new Step.MarkFirstInRollout(unmarked.Name, unmarked.Uid));
        if (!o.Trusts(workload.Template))
        {
            return workload.Kind == OwnerKind.Other ? PinOwn(o, workload)
                : new Decision.Act(new Step.PinDeployment(workload.Name, workload.Uid, PinsOf(o, workload.Template), PausedByThis(o) ? Pausing.Unpause : Pausing.LeaveAsIs));
        }
        if (PausedByThis(o))
            return new Decision.Act(new Step.Unpause(workload.Name, workload.Uid));
        if (workload.Settled && workload.ReplicaSets.All(r => o.Trusts(r.Template)))
            return null;

        return Until(o, Reasons.RollingOut, "the pinned template rolls out; the old ReplicaSet still wants pods", workload.Problem?.Message ?? "the old ReplicaSet still wants pods");
    }

    private static Decision Unseen(Observation o, string what) => Until(o, Reasons.WaitingForController, what, what);

    /// <summary>Waits for a controller of the cluster, until the policy's deadline.</summary>
    private static Decision Until(Observation o, string reason, string message, string stalled)
    {
        var deadline = (o.Progress.ReplacementStartedAt ?? o.Now) + o.Episode.Settings.VerifyDeadline;
        return o.Now >= deadline
            ? new Decision.Block(Reasons.RolloutStalled, stalled, "the rollout's progress")
            : new Decision.Wait(reason, message, Earlier(deadline, o.Now + (o.Episode.Owner == OwnerKind.Other ? Unwatched : Recheck)));
    }

    /// <summary>Never unmet for long: it is one patch. A process that dies before it leaves the annotation by which the next one finds it.</summary>
    public static Decision? Unpaused(Observation o) =>
        PausedByThis(o) ? new Decision.Act(new Step.Unpause(o.Workload!.Name, o.Workload.Uid)) : null;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
