namespace Operator.Domain.Planning.Rules;

/// <summary>The template of a Job is immutable, and its pods are detached before they go: a deleted one would count as a failure.</summary>
internal static class Jobs
{
    public static bool Owns(Observation o) => o.Episode.Owner is OwnerKind.Job or OwnerKind.CronJob;

    /// <summary>Unmet for ever: it ends. What has finished runs nothing, and its Job makes nothing in its place.</summary>
    public static Decision? NotFinished(Observation o) =>
        !o.Started && Owns(o) && o is { Target: { Finished: true }, Workload: { } workload } && (workload.Finished || (workload.Replicas <= 0 && Pinning.AllTemplatesTrusted(o)))
            ? Course.NotNeeded($"the pod has finished, and {Course.Owner(o)} makes no other in its place")
            : null;

    /// <summary>
    /// Unmet for ever: contained and Blocked. A person makes the Job anew from the manifest in the record. The template of a
    /// CronJob is pinned first, for its next Jobs.
    /// </summary>
    public static Decision? TemplateTrusted(Observation o) => o.Episode.Owner == OwnerKind.Job ? Untrusted(o, o.Target) : null;

    /// <summary>Nothing but admission keeps a Job of an untrusted template from making the pod that comes in the place of this one.</summary>
    /// <param name="leaving">Null where the pod is gone already: then any of its Jobs may make the next.</param>
    public static Decision? Untrusted(Observation o, Pod? leaving) =>
        Pinning.PathOf(o) != PinPath.ByAdmission && Makers(o, leaving).FirstOrDefault(j => !o.Trusts(j.Template)) is { } job
            ? new Decision.Block(
                Reasons.ImmutableTemplate,
                $"Job {job.Name} makes its pods from an untrusted image, and the template of a Job cannot be changed: "
                    + (o.Episode.Owner == OwnerKind.Job ? "replace it by the manifest in status.remediation" : "delete it; the CronJob makes the next one from a trusted template"),
                "the Job's deletion")
            : null;

    private static IEnumerable<Job> Makers(Observation o, Pod? leaving) =>
        o.Workload?.Jobs.Where(j => leaving?.Job is null || leaving.Job == j.Name) ?? [];
}
