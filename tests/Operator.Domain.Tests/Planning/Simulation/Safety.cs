using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What must be true of every step, whatever was observed.</summary>
internal static class Safety
{
    public static void Check(Observation seen, Step step)
    {
        seen.Surroundings.ProtectedBecause.Should().BeNull("nothing is done about a protected target, not even {0}", step);
        seen.Episode.Settings.Mode.Should().NotBe(RecoveryMode.Observe, "observing does nothing, not even {0}", step);
        if (!Destroys(step))
            return;
        IReadOnlyList<TemplateContainer>[] templates = seen.Workload is null ? [] : [seen.Workload.Template, .. seen.Workload.ReplicaSets.Select(r => r.Template)];
        templates.Should().OnlyContain(t => seen.Trusts(t), "a pod goes only when the next one will be trusted: {0}", step);
        if (step is Step.Delete or Step.DetachOriginal)
            seen.Progress.ReplacementStartedAt.Should().NotBeNull("the intent is written before {0}", step);
        if (step is Step.Delete delete)
            seen.Progress.Removals.Should().Contain(r => r.Uid == delete.Uid, "it was recorded before {0}", step);
    }

    private static bool Destroys(Step step) => step is Step.Delete or Step.DetachOriginal or Step.Contain { Detach: true };
}
