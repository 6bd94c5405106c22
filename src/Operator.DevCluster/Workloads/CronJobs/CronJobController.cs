using System.Globalization;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.DevCluster.Workloads.Jobs;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.CronJobs;

/// <summary>Makes a Job of a CronJob's template each time its schedule says (pkg/controller/cronjob of Kubernetes).</summary>
internal sealed class CronJobController(ClusterCache cache, KubernetesConnection connection, EventRecorder events, TimeProvider time) : IReconciler<ObjectKey>
{
    private const string ScheduledTime = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    private const string ByHand = "cronjob.kubernetes.io/instantiate";

    private readonly ResourceApi<V1Job> jobs = new(connection, Kinds.Jobs);
    private readonly ResourceApi<V1CronJob> cronJobs = new(connection, Kinds.CronJobs);
    private readonly JobHistory history = new(new(connection, Kinds.Jobs), events);

    public static IEnumerable<ObjectKey> Of(V1Job job) =>
        job.Metadata.Controller() is { Kind: "CronJob" } owner ? [new(job.Metadata.NamespaceProperty, owner.Name)] : [];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.CronJobs.Store.Get(key) is not { } cron)
            return ReconcileResult.Done;
        var owned = ClusterCache.OwnedBy(cache.Jobs, cron.Metadata.Uid);
        List<V1Job> active = [.. owned.Where(j => !j.IsFinished() && j.Metadata.Annotation(ByHand) is null)];
        V1CronJobStatus status = new()
        {
            LastScheduleTime = cron.Status?.LastScheduleTime,
            LastSuccessfulTime = owned.Select(j => j.Status?.CompletionTime).Append(cron.Status?.LastSuccessfulTime).Max(),
        };
        var wait = cron.Metadata.DeletionTimestamp is null && cron.Spec.Suspend is not true ? await ScheduleAsync(cron, active, status, cancellation) : null;
        status.Active = active.Count == 0 ? null : [.. active.OrderBy(j => j.Metadata.Name, StringComparer.Ordinal).Select(j => Reference(cron, j))];
        await cronJobs.WriteStatusAsync(cron, cron.Status, status, cancellation);
        await history.TruncateAsync(cron, owned, cancellation);
        return wait is { } left ? ReconcileResult.After(left) : ReconcileResult.Done;
    }

    /// <returns>How long until it is due again.</returns>
    private async Task<TimeSpan?> ScheduleAsync(V1CronJob cron, List<V1Job> active, V1CronJobStatus status, CancellationToken cancellation)
    {
        CronSchedule schedule;
        try
        {
            schedule = CronSchedule.Parse(cron.Spec.Schedule, cron.Spec.TimeZone);
        }
        catch (FormatException unreadable)
        {
            events.Warning(cron, "UnparseableSchedule", $"unparseable schedule \"{cron.Spec.Schedule}\" : {unreadable.Message}");
            return null;
        }
        var now = time.GetUtcNow();
        // A moment late, so that it is due when it wakes.
        var wait = schedule.After(now) - now + TimeSpan.FromMilliseconds(100);
        if (LastMissed(cron, schedule, now) is not { } due)
            return wait;
        if (cron.Spec.ConcurrencyPolicy == "Forbid" && active.Count > 0)
        {
            events.Normal(cron, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
            return wait;
        }
        if (cron.Spec.ConcurrencyPolicy == "Replace")
        {
            await history.DeleteAsync(cron, active, cancellation);
            active.Clear();
        }
        var wanted = JobOf(cron, due);
        if (active.All(j => j.Metadata.Name != wanted.Metadata.Name))
            active.Add(await CreateAsync(cron, wanted, cancellation));
        status.LastScheduleTime = due.UtcDateTime;
        return wait;
    }

    /// <summary>The last time that it was due and was not done; those before it are let go.</summary>
    private static DateTimeOffset? LastMissed(V1CronJob cron, CronSchedule schedule, DateTimeOffset now)
    {
        DateTimeOffset since = cron.Status?.LastScheduleTime ?? cron.Metadata.CreationTimestamp!.Value;
        if (cron.Spec.StartingDeadlineSeconds is { } seconds && now.AddSeconds(-seconds) > since)
            since = now.AddSeconds(-seconds);
        DateTimeOffset? missed = null;
        while (schedule.After(missed ?? since) is { } next && next <= now)
            missed = next;
        return missed;
    }

    private async Task<V1Job> CreateAsync(V1CronJob cron, V1Job wanted, CancellationToken cancellation)
    {
        var result = await jobs.CreateAsync(wanted, cancellation);
        // One that was made a moment ago, and the cache does not show yet.
        if (result is ApiResult<V1Job>.AlreadyExists)
            return (await jobs.GetAsync(ObjectKey.Of(wanted.Metadata), cancellation)).RequiredOf(wanted);
        if (result is not ApiResult<V1Job>.Ok { Value: var made })
        {
            events.Warning(cron, "FailedCreate", $"Error creating job: {result}");
            return result.RequiredOf(wanted);
        }
        events.Normal(cron, "SuccessfulCreate", $"Created job {made.Metadata.Name}");
        return made;
    }

    private static V1Job JobOf(V1CronJob cron, DateTimeOffset due)
    {
        var template = Kinds.Clone(cron.Spec.JobTemplate);
        return new()
        {
            ApiVersion = "batch/v1",
            Kind = "Job",
            Metadata = new()
            {
                Name = $"{cron.Metadata.Name}-{(due.ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture)}",
                NamespaceProperty = cron.Metadata.NamespaceProperty,
                Labels = template.Metadata?.Labels,
                Annotations = new Dictionary<string, string>(template.Metadata?.Annotations ?? new Dictionary<string, string>()) { [ScheduledTime] = Unstructured.Timestamp(due) },
                OwnerReferences = [Ownership.ReferenceTo(cron)],
            },
            Spec = template.Spec,
        };
    }

    private static V1ObjectReference Reference(V1CronJob cron, V1Job job) => cron.Status?.Active?.FirstOrDefault(r => r.Uid == job.Metadata.Uid) ?? new()
    {
        ApiVersion = "batch/v1",
        Kind = "Job",
        Name = job.Metadata.Name,
        NamespaceProperty = job.Metadata.NamespaceProperty,
        Uid = job.Metadata.Uid,
        ResourceVersion = job.Metadata.ResourceVersion,
    };
}
