using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Jobs, each with a template of its own that nobody can change, and the CronJob that makes the next ones.</summary>
internal static class JobWorkloads
{
    public static async Task<WorkloadView> JobAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var job = await WorkloadObserver.LiveAsync(cache.Jobs.Api, new(ns, reference.Name), reference.Uid, cancellation);
        return new(job is null ? null : new Facts.Workload
        {
            Kind = Facts.OwnerKind.Job,
            Name = job.Metadata.Name,
            Uid = job.Metadata.Uid,
            Deleting = job.Metadata.DeletionTimestamp is not null,
            Replicas = WantedBy(job),
            Finished = IsFinished(job),
            Template = WorkloadObserver.TemplateOf(job.Spec.Template),
            Jobs = [.. Running([job])],
            Problem = FailureOf(job),
        }, [reference.Uid]);
    }

    public static async Task<WorkloadView> CronJobAsync(ClusterCache cache, WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var cron = await WorkloadObserver.LiveAsync(cache.CronJobs.Api, new(ns, reference.Name), reference.Uid, cancellation);
        var jobs = cache.Jobs.Store.ByIndex(ClusterCache.ByOwner, reference.Uid).ToList();
        return new(cron is null ? null : new Facts.Workload
        {
            Kind = Facts.OwnerKind.CronJob,
            Name = cron.Metadata.Name,
            Uid = cron.Metadata.Uid,
            Deleting = cron.Metadata.DeletionTimestamp is not null,
            Replicas = jobs.Sum(WantedBy),
            ManagedBy = ManagedBy.Of(cron.Metadata),
            PinnedBy = cron.Metadata.Annotation(WellKnown.PinnedByAnnotation),
            Pins = TemplatePatches.PinsOf(cron.Metadata),
            Template = WorkloadObserver.TemplateOf(cron.Spec.JobTemplate.Spec.Template),
            Jobs = [.. Running(jobs)],
        }, [.. jobs.Select(j => j.Metadata.Uid)]);
    }

    private static IEnumerable<Facts.Job> Running(IEnumerable<Job> jobs) =>
        jobs.Where(j => !IsFinished(j) && j.Metadata.DeletionTimestamp is null)
            .OrderBy(j => j.Metadata.Name, StringComparer.Ordinal)
            .Select(j => new Facts.Job(j.Metadata.Name, j.Metadata.Uid, WorkloadObserver.TemplateOf(j.Spec.Template)));

    /// <summary>How many pods it wants to have at once.</summary>
    private static int WantedBy(Job job)
    {
        if (IsFinished(job) || job.Spec.Suspend || job.Metadata.DeletionTimestamp is not null)
            return 0;
        var parallel = job.Spec.Parallelism ?? 1;
        return job.Spec.Completions is { } completions ? Math.Clamp(completions - job.Status.Succeeded, 0, parallel)
            : job.Status.Succeeded > 0 ? 0 : parallel;
    }

    /// <summary>Complete or failed, or about to be once its pods are gone.</summary>
    private static bool IsFinished(Job job) =>
        job.Status.Conditions.Any(c => c is { Type: "Complete" or "Failed" or "SuccessCriteriaMet" or "FailureTarget", Status: "True" });

    private static (string, string)? FailureOf(Job job) =>
        job.Status.Conditions.FirstOrDefault(c => c is { Type: "Failed" or "FailureTarget", Status: "True" }) is { } failure
            ? (failure.Reason ?? "JobFailed", $"Job {job.Metadata.Name} has failed: {failure.Message}")
            : null;
}
