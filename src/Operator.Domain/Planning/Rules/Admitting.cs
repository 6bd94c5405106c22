using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>
/// The next pod becomes trusted on its way in, and what ran untrusted cannot come back: no template is written. It is relied on
/// once the cluster itself has shown it, and given up for a pin in the template where it does not.
/// </summary>
internal static class Admitting
{
    /// <summary>How long after its start a replacement waits for admission: parameters reach it through a cache, within moments.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether admission can do what a pin would.</summary>
    public static bool Fits(Observation o) => o.Episode.Settings.PinAtAdmission && Untrusted(o).Any() && NotOpen(o) is null;

    /// <summary>
    /// Images by digest that untrusted containers of the target ran, and that must not start again. Never one that somebody
    /// lists as trusted. Null where it is not known what ran.
    /// </summary>
    public static IReadOnlyList<string>? Condemned(Observation o)
    {
        if (o.Progress.ReplacementStartedAt is not null)
            return [.. o.Progress.Condemned.Where(c => !Listed(o, c))];
        var condemned = new List<string>();
        foreach (var container in Untrusted(o).Where(c => !c.IsVolume).DistinctBy(c => c.Name))
        {
            var image = ImageReference.Parse(container.Image);
            if (!image.IsReadable || Pinning.RanBy(o, container.Name) is not { IsManifest: true, Digest: var ran })
                return null;
            if (!o.Trust.Trusts(image.At(ran)) && !o.Trust.Lists(ran))
                condemned.Add(image.At(ran).ToString());
        }
        return condemned;
    }

    private static IEnumerable<TemplateContainer> Untrusted(Observation o) =>
        Pinning.Templates(o).SelectMany(t => t).Where(c => !o.Trusts(c)).Distinct();

    private static bool Listed(Observation o, string condemned) => o.Trust.Lists(ImageReference.Parse(condemned).Digest!);

    private static bool IsRevoked(Observation o, string condemned) => o.Trust.Revoked.Contains(ImageReference.Parse(condemned).Digest!);

    /// <summary>Why admission is not relied on; null while it may be.</summary>
    private static string? NotOpen(Observation o)
    {
        if (o.Trust.Require != TrustRequirement.Listed)
            return "the policy trusts digests that no TrustedImage lists, and admission pins to those";
        if (!o.Admission.PinsTags)
            return "tags are not pinned at admission in this namespace";
        if (!o.Admission.RefusesRevoked && !o.Admission.RefusesUnlisted)
            return "no digest is refused at admission";
        if (Untrusted(o).FirstOrDefault(c => ImageReference.Parse(c.Image).Digest is not null) is { } written)
            return $"container {written.Name} names the digest of {written.Image}, which is not changed at admission";
        if (Condemned(o) is not { } condemned)
            return "it is not known by which digest an untrusted container ran";
        return condemned.FirstOrDefault(c => !o.Admission.RefusesUnlisted && !(o.Admission.RefusesRevoked && (IsRevoked(o, c) || MayRevoke(o, c)))) is { } unrefused
            ? $"{unrefused} is not revoked and may not be by this recovery{(o.Admission.Spared.Holds(ImageReference.Parse(unrefused)) ? ": a pod in a protected namespace runs it" : "")}"
            : null;
    }

    /// <summary>A revoked digest starts nowhere, so one that a protected namespace runs is never revoked: its pods could not come back.</summary>
    private static bool MayRevoke(Observation o, string condemned) =>
        o.Episode.Settings.Revoke && o.Admission.CanRevoke && !o.Admission.Spared.Holds(ImageReference.Parse(condemned));

    private static bool RelyOn(Observation o) => o.Progress.Path == PinPath.ByAdmission && Pinning.PathOf(o) == PinPath.ByAdmission;

    /// <summary>What a dry run must show now: nothing unless a pod is about to go.</summary>
    public static TrialRequest? TrialOf(Observation o) =>
        o.Workload is not null && RelyOn(o) && NotOpen(o) is null && Removal.NextToGo(o) is { } next
            ? new(next, [.. Untrusted(o).Select(c => c.Image).Distinct()], Condemned(o)!)
            : null;

    /// <summary>Never unmet for long: it is one write, and the record then names another path for good.</summary>
    public static Decision? StillOpen(Observation o)
    {
        if (o.Workload is null || !RelyOn(o))
            return null;
        var why = NotOpen(o) ?? o.Admission.Trial?.Problem ?? (Unrevoked(o).Count == 0 && o.Now >= Deadline(o) ? NotShown(o) : null);
        return why is null ? null : new Decision.Act(new Step.RecordPath(Pinning.PathByTemplate(o), $"not by admission after all: {why}"));
    }

    private static List<string> Unrevoked(Observation o) =>
        o.Admission.RefusesRevoked && Removal.NextToGo(o) is not null
            ? [.. Condemned(o)!.Where(c => !IsRevoked(o, c) && MayRevoke(o, c))]
            : [];

    /// <summary>Never unmet for long: it is one write; refused, the digests cannot be revoked and admission is given up.</summary>
    public static Decision? Revoked(Observation o) =>
        o.Workload is not null && RelyOn(o) && Unrevoked(o) is { Count: > 0 } digests ? new Decision.Act(new Step.Revoke(digests)) : null;

    /// <summary>Unmet for ever: another path is recorded when the time is over.</summary>
    public static Decision? Shown(Observation o)
    {
        if (o.Workload is null || !RelyOn(o) || NotShown(o) is not { } what)
            return null;
        // Looked at again soon, and less often the longer it takes: nothing else would wake it.
        var pause = (o.Now - o.Progress.ReplacementStartedAt!.Value) / 4;
        var again = o.Now + (pause > FirstLook ? pause : FirstLook);
        return new Decision.Wait(Reasons.WaitingForAdmission, what, again < Deadline(o) ? again : Deadline(o));
    }

    private static DateTimeOffset Deadline(Observation o) => o.Progress.ReplacementStartedAt!.Value + Patience;

    /// <summary>What the dry run has not shown yet; null when a pod may go, or none is to go.</summary>
    private static string? NotShown(Observation o)
    {
        if (TrialOf(o) is not { } asked)
            return null;
        if (o.Admission.Trial is not { } trial)
            return $"a dry run on {asked.On.Name} has shown nothing";
        foreach (var tag in Untrusted(o))
        {
            var became = trial.Became.GetValueOrDefault(tag.Image);
            if (became is null || Pinning.PinOf(o, tag) is not { } pin || ImageReference.Parse(pin.Image).Digest != ImageReference.Parse(became).Digest || !o.Trust.Trusts(ImageReference.Parse(became)))
                return $"a dry run does not pin {tag.Image} as planned: it {(became is null ? "is refused" : $"becomes {became}")}";
        }
        return asked.Condemned.FirstOrDefault(c => !trial.Refused.Contains(c)) is { } let
            ? $"a dry run does not refuse {let}"
            : null;
    }
}
