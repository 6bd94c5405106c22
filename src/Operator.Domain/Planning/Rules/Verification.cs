using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>A replacement counts once it is there, Ready, runs what is trusted and stays quiet.</summary>
internal static class Verification
{
    /// <summary>Unmet for ever: Blocked with the scheduler's or kubelet's own words, or at the deadline. Late success counts.</summary>
    public static Decision? Replaced(Observation o)
    {
        if (o.Workload is not { Deleting: false } workload || (workload.Replicas <= 0 && !Jobs.Owns(o)))
            return Course.NotNeeded($"{Course.Owner(o)} wants no more pods");
        if (workload is { Finished: true, Problem: { } failed })
            return new Decision.Block(failed.Reason, failed.Message, "a person: cancel it, or delete the Job");
        var pods = o.ActivePods.Where(p => p.Uid != o.Episode.TargetUid).ToList();
        // More than it wants is a rollout's surge, which a paused rollout keeps.
        return pods.Count >= workload.Replicas && pods.All(p => Counts(o, p)) ? null : Unready(o);
    }

    /// <summary>It is Ready, and trusted or one of which it is not known what it runs, and that was there before.</summary>
    private static bool Counts(Observation o, Pod pod) => pod.Ready && o.Judge(pod) switch
    {
        TrustVerdict.Trusted => true,
        TrustVerdict.Unknown => !Replacements.MadeByThis(o, pod),
        _ => false,
    };

    /// <summary>What keeps the replacements from being Ready, or until when they may take.</summary>
    public static Decision Unready(Observation o)
    {
        var problem = o.Workload?.Problem ?? o.ActivePods.Where(p => !p.Ready).Select(p => p.Problem).FirstOrDefault(p => p is not null);
        if (problem is { } known)
            return new Decision.Block(known.Reason, known.Message, "its cause; a late success counts");
        var deadline = Deadline(o);
        var ready = o.ActivePods.Count(p => Counts(o, p));
        if (Replacements.UnknownOne(o) is { } unknown)
        {
            return o.Now >= deadline
                ? new Decision.Block(Reasons.ReplacementUnknown, unknown, "the pods, a TrustedImage")
                : new Decision.Wait(Reasons.WaitingForReplacement, unknown, deadline);
        }
        return o.Now >= deadline
            ? new Decision.Block(Reasons.VerificationOverdue, $"{ready} of {o.Workload?.Replicas} pods are Ready and trusted after {o.Episode.Settings.VerifyDeadline}", "the pods; a late success counts")
            : new Decision.Wait(Reasons.WaitingForReplacement, $"{ready} of {o.Workload?.Replicas} pods are Ready and trusted", deadline);
    }

    /// <summary>By when the latest change should have led to Ready pods; counted from the last pod that was taken out.</summary>
    public static DateTimeOffset Deadline(Observation o) =>
        o.Progress.Removals.Select(r => (DateTimeOffset?)r.At)
            .Append(o.Progress.ReplacementStartedAt).Append(o.Target?.ContainedAt).Max().GetValueOrDefault(o.Now)
        + o.Episode.Settings.VerifyDeadline;

    /// <summary>Never unmet for long: it is one write, and that of the end where nothing is left to wait for.</summary>
    public static Decision? Recorded(Observation o) =>
        o.Progress.SoakStartedAt is null && (o.Episode.Settings.Soak > TimeSpan.Zero || Draining.NodeDrained(o) is not null)
            ? new Decision.Act(new Step.RecordReplaced(Replacements.LeftAlone(o)))
            : null;

    /// <summary>
    /// Unmet for ever: it ends, and the next episode, which has that finding, goes on. Asked before everything that the next
    /// episode's containment would make fail here.
    /// </summary>
    public static Decision? NotRecompromised(Observation o) =>
        o is { Progress.SoakStartedAt: not null, FindingsOnReplacements: [var rule, ..] }
            ? new Decision.End(Outcome.Recompromised, Reasons.Recompromised, $"\"{rule}\" fired on a replacement")
            : null;

    /// <summary>Never unmet for long: it is a span of time.</summary>
    public static Decision? Soaked(Observation o)
    {
        var until = (o.Progress.SoakStartedAt ?? o.Now) + o.Episode.Settings.Soak;
        return o.Now < until ? new Decision.Wait(Reasons.Soaking, $"the replacement must stay without a finding until {until:u}", until) : null;
    }
}
