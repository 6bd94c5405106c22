using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>
/// Whether a Job has succeeded or failed. That it will stands in its status first, that it has once all its pods have
/// ended: SuccessCriteriaMet becomes Complete, FailureTarget becomes Failed.
/// </summary>
internal static class JobEnd
{
    /// <returns>Since when the Job runs, and how long until its deadline.</returns>
    public static (DateTime? Started, TimeSpan? Wait) Judge(V1Job job, IReadOnlyList<V1Pod> pods, JobCounts counts, JobConditions conditions, DateTimeOffset now)
    {
        var started = job.Status?.StartTime ?? (job.Spec.Suspend is true ? null : now.WholeSecond());
        if (conditions.True("FailureTarget") is not null || conditions.True("SuccessCriteriaMet") is not null)
            return (started, null);
        TimeSpan? wait = started is { } since && job.Spec.Suspend is not true && job.Spec.ActiveDeadlineSeconds is { } seconds
            ? since.AddSeconds(seconds) - now.UtcDateTime
            : null;
        int limit = job.Spec.BackoffLimit ?? 6;
        if (counts.AllFailed > limit || (job.Spec.Template.Spec.RestartPolicy == "OnFailure" && Restarts(pods) is > 0 and var restarts && restarts >= limit))
            conditions.Set("FailureTarget", true, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        else if (wait <= TimeSpan.Zero)
            conditions.Set("FailureTarget", true, "DeadlineExceeded", "Job was active longer than specified deadline");
        else if (HasSucceeded(job, pods, counts))
            conditions.Set("SuccessCriteriaMet", true, "CompletionsReached", "Reached expected number of succeeded pods");
        return (started, wait);
    }

    /// <summary>Nothing runs any more: what was to be is so.</summary>
    public static V1JobCondition? Finish(JobConditions conditions)
    {
        var (type, cause) = conditions.True("FailureTarget") is { } failure ? ("Failed", failure) : ("Complete", conditions.True("SuccessCriteriaMet"));
        if (cause is null)
            return null;
        conditions.Set(type, true, cause.Reason, cause.Message);
        return conditions.True(type);
    }

    public static V1JobStatus Status(V1Job job, IReadOnlyList<V1Pod> pods, JobCounts counts, JobConditions conditions, DateTime? started)
    {
        var active = pods.Where(V1.IsActive).ToList();
        return new()
        {
            Active = NoneIsNull(active.Count),
            Ready = active.Count(V1.IsReady),
            Terminating = pods.Count(JobPods.IsTerminating),
            Succeeded = NoneIsNull(counts.Succeeded),
            Failed = NoneIsNull(counts.Failed),
            UncountedTerminatedPods = counts.Noted,
            Conditions = conditions.All,
            StartTime = started,
            CompletionTime = conditions.True("Complete")?.LastTransitionTime,
        };
    }

    private static bool HasSucceeded(V1Job job, IReadOnlyList<V1Pod> pods, JobCounts counts) => job.Spec.Completions is { } completions
        ? counts.AllSucceeded >= completions
        : counts.AllSucceeded > 0 && !pods.Any(V1.IsActive);

    private static int Restarts(IReadOnlyList<V1Pod> pods) =>
        pods.Where(p => p.Status?.Phase is "Running" or "Pending").Sum(p => (p.Status.ContainerStatuses ?? []).Sum(c => c.RestartCount));

    private static int? NoneIsNull(int count) => count == 0 ? null : count;
}
