using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What the Job controller and the CronJob controller do: a pod that is deleted is a failure, one that is detached is none.</summary>
internal sealed partial class World
{
    private readonly List<JobOf> jobs = [];

    private sealed class JobOf(string name, IReadOnlyList<TemplateContainer> template)
    {
        public string Name => name;
        public IReadOnlyList<TemplateContainer> Template => template;
        public bool Failed { get; set; }
        public bool Complete { get; set; }
        public bool Finished => Failed || Complete;
    }

    /// <summary>A failure is final.</summary>
    public bool JobFailed => jobs.Any(j => j.Failed);

    private bool HasJobs => Owner is OwnerKind.Job or OwnerKind.CronJob;

    private IEnumerable<Pod> Owned(JobOf job) => Pods.Where(p => p.Job == job.Name && p is { DetachedAt: null, Finished: false });

    private bool RunJobs()
    {
        if (!HasJobs || WorkloadGone)
            return false;
        if (jobs.Count == 0)
            jobs.Add(new(Owner == OwnerKind.Job ? OwnerName : $"{OwnerName}-1", Template));
        foreach (var job in jobs.Where(j => !j.Finished))
        {
            if (Owned(job).FirstOrDefault(p => p.Terminating) is { } deleted)
            {
                job.Failed = true;
                Hear($"Job {job.Name} has failed: {deleted.Name} was deleted");
                foreach (var pod in Owned(job).Where(p => !p.Terminating).ToList())
                    Stop(pod, 1);
                return true;
            }
            if (Owned(job).Count() < Replicas)
                return Make(job.Template, null, $"web-{made + 1}", job: job.Name);
        }
        return false;
    }

    /// <summary>The CronJob's time has come.</summary>
    public void Schedule()
    {
        jobs.Add(new($"{OwnerName}-{jobs.Count + 1}", Template));
        Hear($"{OwnerName} makes Job {jobs[^1].Name}");
    }

    /// <summary>Every pod of the Jobs that run ends well.</summary>
    public void CompleteJobs()
    {
        foreach (var job in jobs.Where(j => !j.Finished))
        {
            job.Complete = true;
            foreach (var pod in Owned(job).ToList())
                lives[pod.Uid].Pod = pod with { Finished = true, Ready = false };
        }
    }

    /// <summary>Somebody deletes the Job that runs, and its pods with it.</summary>
    public void DeleteJob()
    {
        foreach (var job in jobs.ToList())
        {
            jobs.Remove(job);
            foreach (var pod in Pods.Where(p => p.Job == job.Name && !p.Terminating).ToList())
                Stop(pod, 1);
        }
        WorkloadGone = Owner == OwnerKind.Job;
        if (!WorkloadGone)
            jobs.Add(new($"{OwnerName}-0", Template) { Complete = true });
    }

    private Workload OfJobs(Workload workload) => !HasJobs ? workload : workload with
    {
        Replicas = jobs.Count(j => !j.Finished) * Replicas,
        Template = Owner == OwnerKind.Job ? jobs[0].Template : workload.Template,
        Finished = Owner == OwnerKind.Job && jobs[0].Finished,
        Jobs = [.. jobs.Where(j => !j.Finished).Select(j => new Job(j.Name, $"uid-{j.Name}", j.Template))],
        Problem = jobs.FirstOrDefault(j => j.Failed) is { } failed ? ("BackoffLimitExceeded", $"Job {failed.Name} has failed") : null,
    };
}
