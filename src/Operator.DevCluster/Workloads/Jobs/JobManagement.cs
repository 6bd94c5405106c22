using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Workloads.ReplicaSets;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>Keeps as many pods of a Job active as it asks for and still needs.</summary>
internal sealed class JobManagement(KubernetesConnection connection, PodControl control, JobTracking tracking, EmbeddedClusterOptions options)
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(10);

    private readonly ResourceApi<V1Job> jobs = new(connection, Kinds.Jobs);

    /// <returns>Why a pod was refused, and how long until another attempt may start.</returns>
    public async Task<(string? Refusal, TimeSpan? Pause)> AdjustAsync(V1Job job, IReadOnlyList<V1Pod> pods, int succeeded, CancellationToken cancellation)
    {
        var active = pods.Where(V1.IsActive).ToList();
        int wanted = job.Spec.Suspend is true ? 0 : JobPods.Wanted(job, active.Count, succeeded);
        if (active.Count > wanted)
        {
            // What is not wanted any more is no failure, so it is not counted.
            var going = PodRanking.FirstToGo(active, active).Take(active.Count - wanted).ToList();
            await tracking.ReleaseAsync(going, cancellation);
            await control.DeleteAsync(job, going, cancellation);
            return (null, null);
        }
        int missing = wanted - active.Count - (job.OnlyReplacesFailed() ? pods.Count(JobPods.IsTerminating) : 0);
        if (missing <= 0)
            return (null, null);
        if (Pause(job, pods) is { } pause)
            return (null, pause);
        // A cache may lag behind: what is suspended or gone makes nothing, and what has counted one failure more may be over.
        if (await jobs.GetAsync(ObjectKey.Of(job.Metadata), cancellation) is not ApiResult<V1Job>.Ok { Value: var live }
            || live.Metadata.Uid != job.Metadata.Uid || live.Metadata.ResourceVersion != job.Metadata.ResourceVersion)
            return (null, null);
        var (_, refusal) = await control.CreateAsync(job, [.. Enumerable.Range(0, missing).Select(_ => JobPods.PodOf(job))], cancellation);
        return (refusal, null);
    }

    /// <summary>Each failure doubles the wait for the next attempt.</summary>
    private TimeSpan? Pause(V1Job job, IReadOnlyList<V1Pod> pods)
    {
        var failures = pods.Where(p => p.HasFailedFor(job)).Select(EndOf).OfType<DateTime>().ToList();
        if (failures.Count == 0)
            return null;
        var backOff = options.BackOff * Math.Pow(2, Math.Min(failures.Count - 1, 20));
        var left = failures.Max() + (backOff < LongestBackOff ? backOff : LongestBackOff) - options.Time.GetUtcNow().UtcDateTime;
        return left > TimeSpan.Zero ? left : null;
    }

    private static DateTime? EndOf(V1Pod pod) =>
        pod.Status?.ContainerStatuses?.Select(c => c.State?.Terminated?.FinishedAt).Max()
        ?? pod.Metadata.DeletionTimestamp?.AddSeconds(-(pod.Metadata.DeletionGracePeriodSeconds ?? 0));
}
