using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Events;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>Runs the pods of a Job until enough have succeeded or too many have failed (pkg/controller/job of Kubernetes, without indexes and policies).</summary>
internal sealed class JobController : IReconciler<ObjectKey>
{
    private readonly ClusterCache cache;
    private readonly PodExpectations expectations;
    private readonly PodControl control;
    private readonly EventRecorder events;
    private readonly TimeProvider time;
    private readonly ResourceApi<V1Pod> pods;
    private readonly ResourceApi<V1Job> jobs;
    private readonly JobTracking tracking;
    private readonly JobManagement management;

    public JobController(ClusterCache cache, KubernetesConnection connection, PodExpectations expectations, JobTracking tracking, EventRecorder events, EmbeddedClusterOptions options)
    {
        (this.cache, this.expectations, this.tracking, this.events, time) = (cache, expectations, tracking, events, options.Time);
        pods = new(connection, Kinds.Pods);
        jobs = new(connection, Kinds.Jobs);
        control = new(connection, expectations, events);
        management = new(connection, control, tracking, options);
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var job = cache.Jobs.Store.Get(key);
        // Pods of a Job that is gone wait for nobody to count them.
        await tracking.ReleaseAsync(
            ClusterCache.InNamespace(cache.Pods, key.Namespace).Where(p => p.Metadata.Controller() is { Kind: "Job" } owner && owner.Name == key.Name && owner.Uid != job?.Metadata.Uid),
            cancellation);
        if (job?.Spec.Selector is null || job.Spec.ManagedBy is not (null or "kubernetes.io/job-controller"))
            return ReconcileResult.Done;
        var owned = await ClaimAsync(job, cancellation);
        if (job.Metadata.DeletionTimestamp is null && !job.IsFinished())
            return await RunAsync(job, owned, cancellation);
        await tracking.ReleaseAsync(owned, cancellation);
        return await ExpireAsync(job, cancellation);
    }

    private async Task<ReconcileResult> RunAsync(V1Job job, IReadOnlyList<V1Pod> owned, CancellationToken cancellation)
    {
        JobConditions conditions = new(job, time);
        var counts = JobCounts.Of(job, owned, tracking);
        var (started, wait) = JobEnd.Judge(job, owned, counts, conditions, time.GetUtcNow());
        string? refusal = null;
        if (conditions.True("FailureTarget") is null && conditions.True("SuccessCriteriaMet") is null)
        {
            (refusal, var pause) = await management.AdjustAsync(job, owned, counts.AllSucceeded, cancellation);
            wait = ((TimeSpan?[])[wait, pause]).Min();
            NoteSuspension(job, conditions, ref started);
        }
        else
            await control.DeleteAsync(job, owned.Where(V1.IsActive), cancellation);
        var now = await ClaimAsync(job, cancellation);
        // First what is noted, so that it is known whatever happens next; then its finalizers go and it is a number.
        if (await jobs.WriteStatusAsync(job, job.Status, JobEnd.Status(job, now, counts, conditions, started), cancellation) is not { } noted)
            return ReconcileResult.Done;
        await tracking.ReleaseAsync(now.Where(p => p.IsFinished() || p.HasFailedFor(job)).Where(p => Noted(counts, p)), cancellation);
        var settled = counts.Settle();
        bool isOver = now.All(p => !p.IsActive() && !p.IsTerminating()) && now.All(p => !tracking.Holds(p));
        if (isOver && JobEnd.Finish(conditions) is { } end)
            Tell(job, end);
        await jobs.WriteStatusAsync(noted, noted.Status, JobEnd.Status(job, now, settled, conditions, started), cancellation);
        if (refusal is not null)
            throw new ApiUnavailableException($"{ObjectKey.Of(job.Metadata)}: {refusal}");
        return wait is { } pauseLeft ? ReconcileResult.After(pauseLeft) : ReconcileResult.Done;
    }

    private static bool Noted(JobCounts counts, V1Pod pod) =>
        (counts.Noted.Succeeded ?? []).Concat(counts.Noted.Failed ?? []).Contains(pod.Metadata.Uid);

    private Task<IReadOnlyList<V1Pod>> ClaimAsync(V1Job job, CancellationToken cancellation)
    {
        ControllerRefs<V1Pod, V1Job> references = new(pods, jobs, job, job.Spec.Selector) { Finalizer = JobPods.Finalizer };
        return references.ClaimAsync(expectations.Claimable(job.Metadata), cancellation);
    }

    private void NoteSuspension(V1Job job, JobConditions conditions, ref DateTime? started)
    {
        if (job.Spec.Suspend is true)
        {
            if (conditions.Set("Suspended", true, "JobSuspended", "Job suspended"))
                events.Normal(job, "Suspended", "Job suspended");
            started = null;
        }
        else if (conditions.Set("Suspended", false, "JobResumed", "Job resumed"))
        {
            events.Normal(job, "Resumed", "Job resumed");
            started = time.GetUtcNow().WholeSecond();
        }
    }

    private void Tell(V1Job job, V1JobCondition end)
    {
        if (end.Type == "Complete")
            events.Normal(job, "Completed", "Job completed");
        else
            events.Warning(job, end.Reason, end.Message);
    }

    /// <summary>A Job that has ended goes after its time to live, if it has one.</summary>
    private async Task<ReconcileResult> ExpireAsync(V1Job job, CancellationToken cancellation)
    {
        if (job.Spec.TtlSecondsAfterFinished is not { } seconds || job.Metadata.DeletionTimestamp is not null)
            return ReconcileResult.Done;
        var end = job.Status.Conditions.First(c => c.Type is "Complete" or "Failed" && c.Status == "True").LastTransitionTime;
        var left = end!.Value.AddSeconds(seconds) - time.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
            return ReconcileResult.After(left);
        await jobs.DeleteAsync(ObjectKey.Of(job.Metadata), new() { Uid = job.Metadata.Uid, PropagationPolicy = "Foreground" }, cancellation);
        return ReconcileResult.Done;
    }
}
