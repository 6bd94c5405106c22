using k8s.Models;
using Operator.DevCluster.Caching;
using static Operator.DevCluster.Kubelets.ContainerPhase;

namespace Operator.DevCluster.Kubelets;

/// <summary>The status of a pod as its kubelet tells it.</summary>
internal static class PodStatusReport
{
    public static V1PodStatus Of(V1Pod pod, PodRun run, string? hostAddress, DateTimeOffset now, Func<string, string, string> imageId)
    {
        string phase = Phase(pod, run);
        run.Conditions = Conditions(pod, run, phase, now);
        string address = pod.Spec.HostNetwork is true ? hostAddress ?? run.Address : run.Address;
        return new()
        {
            ObservedGeneration = pod.Metadata.Generation,
            Phase = phase,
            Conditions = [.. run.Conditions],
            HostIP = hostAddress,
            HostIPs = hostAddress is null ? null : [new() { Ip = hostAddress }],
            PodIP = address,
            PodIPs = [new() { Ip = address }],
            StartTime = run.StartTime.WholeSecond(),
            InitContainerStatuses = run.Init.Count == 0 ? null : [.. run.Init.Zip(pod.Spec.InitContainers, (c, spec) => Container(c, spec, run, now, imageId, isInit: true))],
            ContainerStatuses = [.. run.Main.Zip(pod.Spec.Containers, (c, spec) => Container(c, spec, run, now, imageId, isInit: false))],
        };
    }

    private static string Phase(V1Pod pod, PodRun run)
    {
        if (run.Init.Any(c => c.HasFailed))
            return "Failed";
        if (run.Main.All(c => c.Phase is Ended { Restarts: false }))
            return run.Main.Any(c => c.HasFailed) ? "Failed" : "Succeeded";
        return run.Main.Any(c => c.Run is null) ? "Pending" : "Running";
    }

    private static V1ContainerStatus Container(ContainerRun container, V1Container spec, PodRun run, DateTimeOffset now, Func<string, string, string> imageId, bool isInit)
    {
        var last = container.Run;
        return new()
        {
            Name = container.Name,
            Image = last?.Image.ToString() ?? spec.Image,
            ImageID = last is null ? "" : imageId(last.Image.Repository, last.Digest),
            ContainerID = last is null ? null : $"containerd://{last.Id}",
            Ready = container.IsReady(now) || (isInit && container.LetsOthersStart && container.Phase is Ended),
            Started = container.Phase is Running,
            RestartCount = container.RestartCount,
            State = State(container, run),
            Resources = container.Phase is Running ? spec.Resources ?? new() : null,
            AllocatedResources = container.Phase is Running ? spec.Resources?.Requests : null,
            LastState = new() { Terminated = container.Phase is Ended ? null : container.Last },
        };
    }

    private static V1ContainerState State(ContainerRun container, PodRun run) => container.Phase switch
    {
        Running running => new() { Running = new() { StartedAt = running.Since.WholeSecond() } },
        Ended ended => new() { Terminated = ended.How },
        Waiting { Until: not null } waiting => new() { Waiting = new() { Reason = waiting.Reason, Message = waiting.Message } },
        Pulling { Before: { Until: not null } waiting } => new() { Waiting = new() { Reason = waiting.Reason, Message = waiting.Message } },
        Pulling when container.Last is { } last => new() { Terminated = last },
        _ => new() { Waiting = new() { Reason = run.Init.Count > 0 ? "PodInitializing" : "ContainerCreating" } },
    };

    private static IReadOnlyList<V1PodCondition> Conditions(V1Pod pod, PodRun run, string phase, DateTimeOffset now)
    {
        string? finished = phase switch { "Succeeded" => "PodCompleted", "Failed" => "PodFailed", _ => null };
        var unready = run.Main.Where(c => !c.IsReady(now)).Select(c => c.Name).ToList();
        bool gatesOpen = pod.Spec.ReadinessGates?.All(g => pod.Condition(g.ConditionType)?.Status == "True") ?? true;
        List<V1PodCondition> conditions =
        [
            Condition("PodReadyToStartContainers", !run.IsStopped),
            Condition("Initialized", run.IsInitialized || phase == "Succeeded", "ContainersNotInitialized", Names("incomplete", run.Init.Where(c => !c.LetsOthersStart).Select(c => c.Name))),
            Condition("Ready", finished is null && unready.Count == 0 && gatesOpen, finished ?? (unready.Count > 0 ? "ContainersNotReady" : "ReadinessGatesNotReady"), finished is null && unready.Count > 0 ? Names("unready", unready) : null),
            Condition("ContainersReady", finished is null && unready.Count == 0, finished ?? "ContainersNotReady", finished is null ? Names("unready", unready) : null),
            pod.Condition("PodScheduled") is { Status: "True" } scheduled ? scheduled : Condition("PodScheduled", true),
        ];
        // Conditions of others (readiness gates) are not the kubelet's to remove.
        conditions.AddRange((pod.Status?.Conditions ?? []).Where(theirs => conditions.All(c => c.Type != theirs.Type)));
        return conditions;

        V1PodCondition Condition(string type, bool holds, string? reason = null, string? message = null)
        {
            string status = holds ? "True" : "False";
            var before = run.Conditions.FirstOrDefault(c => c.Type == type);
            return new()
            {
                Type = type,
                Status = status,
                Reason = holds ? null : reason,
                Message = holds ? null : message,
                LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now.WholeSecond(),
            };
        }
    }

    private static string Names(string what, IEnumerable<string> containers) => $"containers with {what} status: [{string.Join(' ', containers)}]";
}
