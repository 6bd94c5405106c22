using k8s.Models;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>How many pods of a Job have ended and how, those included that are noted but not yet a number.</summary>
/// <param name="Succeeded">Counted successes.</param>
/// <param name="Failed">Counted failures.</param>
/// <param name="Noted">UIDs of ended pods that may still hold their finalizer.</param>
internal sealed record JobCounts(int Succeeded, int Failed, V1UncountedTerminatedPods Noted)
{
    public int AllSucceeded => Succeeded + (Noted.Succeeded?.Count ?? 0);

    public int AllFailed => Failed + (Noted.Failed?.Count ?? 0);

    public static JobCounts Of(V1Job job, IReadOnlyList<V1Pod> pods, JobTracking tracking)
    {
        var noted = job.Status?.UncountedTerminatedPods;
        HashSet<string> succeeded = [.. noted?.Succeeded ?? []], failed = [.. noted?.Failed ?? []];
        foreach (var pod in pods.Where(tracking.Holds))
        {
            string uid = pod.Metadata.Uid;
            if (pod.Status?.Phase == "Succeeded" && !failed.Contains(uid))
                succeeded.Add(uid);
            else if (pod.HasFailedFor(job) && !succeeded.Contains(uid))
                failed.Add(uid);
        }
        return new(job.Status?.Succeeded ?? 0, job.Status?.Failed ?? 0, new() { Succeeded = NoneIsNull(succeeded), Failed = NoneIsNull(failed) });
    }

    /// <summary>What is noted becomes a number, now that nothing holds it any more.</summary>
    public JobCounts Settle() => new(AllSucceeded, AllFailed, new());

    private static IList<string>? NoneIsNull(HashSet<string> uids) => uids.Count == 0 ? null : [.. uids];
}
