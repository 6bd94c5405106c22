using System.Security.Cryptography;
using k8s.Models;
using Operator.DevCluster.Caching;
using static Operator.DevCluster.Kubelets.ContainerPhase;

namespace Operator.DevCluster.Kubelets;

/// <summary>One container on its node, from its image to its end and round again. It moves only when it is told what time it is.</summary>
internal sealed class ContainerRun(Kubelet kubelet, string name, bool endsByItself, bool alwaysRestarts)
{
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(10);

    private readonly ImagePull pull = new(kubelet);
    private int crashes;

    public string Name => name;
    public ContainerPhase Phase { get; private set; } = new Waiting("ContainerCreating", null, null);
    public V1ContainerStateTerminated? Last { get; private set; }
    public int RestartCount { get; private set; }

    /// <summary>The run that is under way, or the one that ended last.</summary>
    public Running? Run { get; private set; }

    /// <summary>An init container that others wait for is done, or a sidecar is up.</summary>
    public bool LetsOthersStart => alwaysRestarts ? Phase is Running : Phase is Ended { How.ExitCode: 0 };

    public bool HasFailed => Phase is Ended { Restarts: false, How.ExitCode: not 0 };

    public bool IsReady(DateTimeOffset now) => Phase is Running run && run.IsReady(now);

    public void Advance(V1Pod pod, V1Container spec, DateTimeOffset now)
    {
        while (Next(pod, spec, now) is { } next)
            Phase = next;
    }

    /// <summary>Ends this run, to start another at once.</summary>
    public void Restart(V1Pod pod, string why, DateTimeOffset now)
    {
        if (Phase is not Running run)
            return;
        kubelet.Events.Normal(pod, "Killing", $"Container {name} {why}", kubelet.Node);
        Phase = End(pod, run, 137, "Error", restarts: true, now);
    }

    /// <summary>Ends it for good, as far as it runs.</summary>
    public void Stop(V1Pod pod, bool killed, DateTimeOffset now)
    {
        if (Phase is Running run)
        {
            // A server ends well when it is asked to; what would have ended by itself is interrupted.
            int code = killed ? 137 : run.Behaviour.CrashesAfter is null ? 0 : 143;
            Phase = End(pod, run, code, code == 0 ? "Completed" : "Error", restarts: false, now);
        }
        else if (Phase is Ended ended)
            Phase = ended with { Restarts = false };
    }

    /// <summary>The phase that follows now; null if it is not time yet.</summary>
    private ContainerPhase? Next(V1Pod pod, V1Container spec, DateTimeOffset now) => Phase switch
    {
        Waiting { Until: null } => pull.Begin(pod, spec, before: null, now),
        Waiting waiting when waiting.Until <= now => waiting.Next ?? pull.Begin(pod, spec, waiting, now),
        Pulling pulling when pulling.Until <= now => pull.Finish(pod, spec, pulling.Image, now),
        Present present => Start(pod, spec, present, now),
        Running run when run.Reference != spec.Image => Redefined(pod, run, now),
        Running run when run.EndsAt <= now => Exit(pod, run, now),
        Running run when run.NextLine <= now => Beat(pod, run),
        Ended { Restarts: true } => Again(pod, spec, now),
        _ => null,
    };

    private Running Start(V1Pod pod, V1Container spec, Present present, DateTimeOffset now)
    {
        if (Run is not null)
        {
            RestartCount++;
            kubelet.Logs.Rotate(pod.Metadata.Uid, name);
        }
        else
            kubelet.Logs.Open(pod.Metadata.Uid, name);
        var behaviour = kubelet.Registry.BehaviourOf(present.Digest);
        foreach (string line in behaviour.Logs)
            kubelet.Logs.Append(pod.Metadata.Uid, name, new(now, line));
        kubelet.Events.Normal(pod, "Created", $"Created container: {name}", kubelet.Node);
        kubelet.Events.Normal(pod, "Started", $"Started container {name}", kubelet.Node);
        return Run = new(
            RandomNumberGenerator.GetHexString(64, lowercase: true), spec.Image, present.Image, present.Digest, now,
            behaviour.NeverReady ? null : now + kubelet.Options.ReadinessDelay,
            behaviour.CrashesAfter is { } life ? now + life : endsByItself ? now : null)
        {
            Behaviour = behaviour,
            NextLine = behaviour.Heartbeat is null ? null : now + behaviour.HeartbeatInterval,
        };
    }

    private Running Beat(V1Pod pod, Running run)
    {
        kubelet.Logs.Append(pod.Metadata.Uid, name, new(run.NextLine!.Value, run.Behaviour.Heartbeat!));
        return run with { NextLine = run.NextLine + run.Behaviour.HeartbeatInterval };
    }

    private Ended Redefined(V1Pod pod, Running run, DateTimeOffset now)
    {
        kubelet.Events.Normal(pod, "Killing", $"Container {name} definition changed, will be restarted", kubelet.Node);
        return End(pod, run, 0, "Completed", restarts: true, now);
    }

    private Ended Exit(V1Pod pod, Running run, DateTimeOffset now)
    {
        int code = run.Behaviour.CrashesAfter is null ? 0 : run.Behaviour.ExitCode;
        bool restarts = alwaysRestarts || pod.Spec.RestartPolicy switch { "Never" => false, "OnFailure" => code != 0, _ => !endsByItself || code != 0 };
        crashes = now - run.Since > StableAfter ? 1 : crashes + 1;
        return End(pod, run, code, code == 0 ? "Completed" : "Error", restarts, now);
    }

    /// <summary>The first restart comes at once, a container that goes on crashing waits.</summary>
    private ContainerPhase Again(V1Pod pod, V1Container spec, DateTimeOffset now)
    {
        var pause = kubelet.BackOff(crashes - 1);
        if (pause == TimeSpan.Zero)
            return pull.Begin(pod, spec, before: null, now);
        string which = $"{pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})";
        kubelet.Events.Warning(pod, "BackOff", $"Back-off restarting failed container {name} in pod {which}", kubelet.Node);
        return new Waiting("CrashLoopBackOff", $"back-off {pause.TotalSeconds:0.###}s restarting failed container={name} pod={which}", now + pause);
    }

    private Ended End(V1Pod pod, Running run, int exitCode, string reason, bool restarts, DateTimeOffset now)
    {
        kubelet.Logs.End(pod.Metadata.Uid, name);
        Last = new()
        {
            ContainerID = $"containerd://{run.Id}",
            ExitCode = exitCode,
            Reason = reason,
            StartedAt = run.Since.WholeSecond(),
            FinishedAt = now.WholeSecond(),
        };
        return new(run, Last, restarts);
    }
}
