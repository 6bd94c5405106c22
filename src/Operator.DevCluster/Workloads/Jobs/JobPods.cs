using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>What a Job asks of its pods, and what it makes of them.</summary>
internal static class JobPods
{
    /// <summary>Holds back a pod until it has been counted.</summary>
    public const string Finalizer = "batch.kubernetes.io/job-tracking";

    public static bool IsTracked(this V1Pod pod) => pod.Metadata.Finalizers?.Contains(Finalizer) is true;

    /// <summary>Whether it counts as a failure. A pod that was deleted while it ran does, unless only failed pods are replaced.</summary>
    public static bool HasFailedFor(this V1Pod pod, V1Job job) => pod.Status?.Phase == "Failed"
        || (!job.OnlyReplacesFailed() && pod.Metadata.DeletionTimestamp is not null && pod.Status?.Phase != "Succeeded");

    public static bool OnlyReplacesFailed(this V1Job job) => job.Spec.PodReplacementPolicy == "Failed";

    public static bool IsTerminating(this V1Pod pod) => pod.Metadata.DeletionTimestamp is not null && !pod.IsFinished();

    /// <summary>How many pods should be active, by what has been reached.</summary>
    public static int Wanted(V1Job job, int active, int succeeded) => job.Spec.Completions is { } completions
        ? Math.Max(0, Math.Min(job.Spec.Parallelism ?? 1, completions - succeeded))
        : succeeded > 0 ? Math.Min(active, job.Spec.Parallelism ?? 1) : job.Spec.Parallelism ?? 1;

    public static V1Pod PodOf(V1Job job)
    {
        var pod = PodTemplates.PodOf(job.Spec.Template, job);
        pod.Metadata.Finalizers = [.. pod.Metadata.Finalizers ?? [], Finalizer];
        return pod;
    }

    public static bool Has(this V1Job job, string condition) => job.Status?.Conditions?.Any(c => c.Type == condition && c.Status == "True") is true;

    public static bool IsFinished(this V1Job job) => job.Has("Complete") || job.Has("Failed");
}
