using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.Jobs;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.CronJobs;

/// <summary>Deletes the Jobs of a CronJob that are not wanted any more.</summary>
internal sealed class JobHistory(ResourceApi<V1Job> jobs, EventRecorder events)
{
    /// <summary>Keeps the newest of those that succeeded and of those that failed.</summary>
    public async Task TruncateAsync(V1CronJob cron, IReadOnlyList<V1Job> owned, CancellationToken cancellation)
    {
        await DeleteAsync(cron, Oldest(owned.Where(j => j.Has("Complete")), cron.Spec.SuccessfulJobsHistoryLimit), cancellation);
        await DeleteAsync(cron, Oldest(owned.Where(j => j.Has("Failed")), cron.Spec.FailedJobsHistoryLimit), cancellation);
    }

    public async Task DeleteAsync(V1CronJob cron, IEnumerable<V1Job> going, CancellationToken cancellation)
    {
        foreach (var job in going.Where(j => j.Metadata.DeletionTimestamp is null))
        {
            // The default of Jobs would leave their pods behind.
            if (await jobs.DeleteAsync(ObjectKey.Of(job.Metadata), new() { Uid = job.Metadata.Uid, PropagationPolicy = "Background" }, cancellation) is ApiResult<Deleted>.Ok)
                events.Normal(cron, "SuccessfulDelete", $"Deleted job {job.Metadata.Name}");
        }
    }

    private static IEnumerable<V1Job> Oldest(IEnumerable<V1Job> finished, int? limit)
    {
        var all = finished.OrderBy(j => j.Status.StartTime).ThenBy(j => j.Metadata.Name, StringComparer.Ordinal).ToList();
        return all.Take(all.Count - (limit ?? all.Count));
    }
}
