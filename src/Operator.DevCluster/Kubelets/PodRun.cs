using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Operator.DevCluster.Kubelets;

/// <summary>One pod on its node: its init containers one after the other, then its containers, and in the end none.</summary>
internal sealed class PodRun
{
    private readonly ConcurrentQueue<Restart> asked = [];
    private readonly List<Restart> restarting = [];
    private DateTimeOffset? stopAt;

    /// <summary>When something happens by itself next, as of the last look.</summary>
    public DateTimeOffset? Due { get; private set; }

    private sealed record Restart(string Container, int Count, TaskCompletionSource Done);

    public PodRun(Kubelet kubelet, V1Pod pod, string address, DateTimeOffset now)
    {
        (Kubelet, Uid, Address, StartTime) = (kubelet, pod.Metadata.Uid, address, now);
        Init = [.. (pod.Spec.InitContainers ?? []).Select(c => new ContainerRun(kubelet, c.Name, c.RestartPolicy != "Always", c.RestartPolicy == "Always"))];
        Main = [.. pod.Spec.Containers.Select(c => new ContainerRun(kubelet, c.Name, endsByItself: false, alwaysRestarts: false))];
    }

    public Kubelet Kubelet { get; }
    public string Uid { get; }
    public string Address { get; }
    public DateTimeOffset StartTime { get; }
    public IReadOnlyList<ContainerRun> Init { get; }
    public IReadOnlyList<ContainerRun> Main { get; }
    public IEnumerable<ContainerRun> Containers => Init.Concat(Main);

    /// <summary>The conditions as they were reported last: they know since when.</summary>
    public IReadOnlyList<V1PodCondition> Conditions { get; set; } = [];

    /// <summary>The status as it was reported last; null before the first time.</summary>
    public JsonNode? Reported { get; set; }

    public bool IsInitialized => Init.All(c => c.LetsOthersStart);

    /// <summary>Its containers are gone because the pod was deleted.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The API server has been told to let it go.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Before the first container has started or failed there is nothing to tell.</summary>
    public bool IsWorthReporting => IsStopped || Reported is not null || Containers.Any(c => c.Run is not null || c.Phase is ContainerPhase.Waiting { Message: not null });

    public void Advance(V1Pod pod, DateTimeOffset now)
    {
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            Stop(pod, now);
            Due = IsStopped ? null : stopAt;
            return;
        }
        Due = null;
        while (asked.TryDequeue(out var restart))
        {
            restarting.Add(restart);
            Containers.First(c => c.Name == restart.Container).Restart(pod, "is restarted on demand", now);
        }
        bool hasStarted = Main.Any(c => c.Run is not null);
        foreach (var (container, spec) in Init.Zip(pod.Spec.InitContainers ?? []))
        {
            Advance(container, spec);
            if (!container.LetsOthersStart && !hasStarted)
                return;
        }
        foreach (var (container, spec) in Main.Zip(pod.Spec.Containers))
            Advance(container, spec);

        void Advance(ContainerRun container, V1Container spec)
        {
            container.Advance(pod, spec, now);
            Due = ((DateTimeOffset?[])[Due, container.Phase.Due(now)]).Min();
        }
    }

    /// <summary>Restarts a container that runs. The task completes when it runs again and that has been reported.</summary>
    public Task RestartAsync(string container)
    {
        var run = Containers.FirstOrDefault(c => c.Name == container) ?? throw new ArgumentException($"the pod has no container {container}", nameof(container));
        Restart restart = new(container, run.RestartCount, new(TaskCreationOptions.RunContinuationsAsynchronously));
        asked.Enqueue(restart);
        return restart.Done.Task;
    }

    /// <summary>The status is stored: who waits for what it tells may go on.</summary>
    public void WasReported()
    {
        foreach (var restart in restarting.Where(r => Containers.Any(c => c.Name == r.Container && c.RestartCount > r.Count && c.Phase is ContainerPhase.Running)).ToList())
        {
            restarting.Remove(restart);
            restart.Done.TrySetResult();
        }
    }

    /// <summary>The pod is gone from the API.</summary>
    public void Forget()
    {
        Kubelet.Logs.Remove(Uid);
        foreach (var restart in restarting.Concat(asked))
            restart.Done.TrySetCanceled();
    }

    private void Stop(V1Pod pod, DateTimeOffset now)
    {
        if (IsStopped)
            return;
        var grace = TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 0);
        bool killed = Kubelet.Options.StopDelay >= grace;
        if (stopAt is null)
        {
            foreach (var container in Containers.Where(c => c.Phase is ContainerPhase.Running))
                Kubelet.Events.Normal(pod, "Killing", $"Stopping container {container.Name}", Kubelet.Node);
            stopAt = Containers.Any(c => c.Phase is ContainerPhase.Running) ? now + (killed ? grace : Kubelet.Options.StopDelay) : now;
        }
        if (now < stopAt)
            return;
        foreach (var container in Containers)
            container.Stop(pod, killed, now);
        IsStopped = true;
    }
}
