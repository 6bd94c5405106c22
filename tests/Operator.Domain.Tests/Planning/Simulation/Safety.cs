using Operator.Domain.Planning;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What must be true of every step, whatever was observed.</summary>
internal static class Safety
{
    public static void Check(Observation seen, Step step)
    {
        seen.Surroundings.ProtectedBecause.Should().BeNull("nothing is done about a protected target, not even {0}", step);
        seen.Episode.Settings.Mode.Should().NotBe(RecoveryMode.Observe, "observing does nothing, not even {0}", step);
        if (!Destroys(step) || (step is Step.Delete { Uid: var detached } && seen.Released.Any(p => p.Uid == detached)))
            return;
        IReadOnlyList<TemplateContainer>[] templates = seen.Workload is null ? [] : [seen.Workload.Template, .. seen.Workload.ReplicaSets.Select(r => r.Template)];
        // A Job that does not own the pod makes none in its place.
        if (seen.Workload is { Jobs: var jobs } && Uid(step) is { } uid && seen.Pods.FirstOrDefault(p => p.Uid == uid) is { } leaving)
            templates = [.. templates, .. jobs.Where(j => leaving.Job is null || j.Name == leaving.Job).Select(j => j.Template)];
        (seen.Episode.Owner is OwnerKind.Job or OwnerKind.CronJob && step is Step.Delete && seen.Pods.Any(p => p.Uid == Uid(step) && p.DetachedAt is null))
            .Should().BeFalse("a deletion would count as a failure of its Job: {0}", step);
        if (seen.Workload?.Held is { } held && step is Step.Delete one && seen.Pods.Any(p => p.Uid == one.Uid && p.Ordinal < held.Partition))
            templates = [.. templates, held.Template];
        templates.SelectMany(t => t).Should().NotContain(c => !seen.Trusts(new[] { c }) && !PinnedAtAdmission(seen, c), "a pod goes only when the next one will be trusted: {0}", step);
        if (seen.Progress.Path == PinPath.ByAdmission && !templates.All(seen.Trusts))
            seen.Progress.Condemned.Should().NotContain(c => !seen.Admission.Trial!.Refused.Contains(c) && !seen.Trust.Lists(ImageReference.Parse(c).Digest!), "what ran untrusted cannot start again: {0}", step);
        if (step is Step.Delete or Step.DetachOriginal)
            seen.Progress.ReplacementStartedAt.Should().NotBeNull("the intent is written before {0}", step);
        if (step is Step.Delete delete)
            seen.Progress.Removals.Should().Contain(r => r.Uid == delete.Uid, "it was recorded before {0}", step);
    }

    /// <summary>A dry run has just shown it.</summary>
    private static bool PinnedAtAdmission(Observation seen, TemplateContainer container) =>
        seen.Progress.Path == PinPath.ByAdmission && seen.Admission.PinsTags
        && seen.Admission.Trial?.Became.GetValueOrDefault(container.Image) is { } became && seen.Trust.Trusts(ImageReference.Parse(became));

    private static string? Uid(Step step) => step switch
    {
        Step.Delete s => s.Uid,
        Step.DetachOriginal s => s.Uid,
        Step.Contain s => s.Uid,
        _ => null,
    };

    private static bool Destroys(Step step) => step is Step.Delete or Step.DetachOriginal or Step.Contain { Detach: true };
}
