using System.Collections.Concurrent;

namespace Operator.DevCluster.Logs;

/// <summary>The logs of all containers: the kubelets write them, the API server serves them as <c>pods/log</c>.</summary>
public sealed class LogStore
{
    private readonly ConcurrentDictionary<(string PodUid, string Container), ContainerLog> logs = [];

    /// <summary>A container starts for the first time: its log can be followed before there is anything in it.</summary>
    public void Open(string podUid, string container) => Of(podUid, container);

    /// <summary>The container has ended, and its log with it.</summary>
    public void End(string podUid, string container) => Find(podUid, container)?.Current.End();

    /// <summary>Adds a line to the log of the container that runs now.</summary>
    public void Append(string podUid, string container, LogLine line) => Of(podUid, container).Current.Append(line);

    /// <summary>The container starts anew: its log so far becomes the previous one.</summary>
    public void Rotate(string podUid, string container) => Of(podUid, container).Rotate();

    /// <summary>The pod is gone, and its logs with it.</summary>
    public void Remove(string podUid)
    {
        foreach (var key in logs.Keys.Where(k => k.PodUid == podUid))
        {
            if (logs.TryRemove(key, out var log))
                log.Current.End();
        }
    }

    /// <summary>A log; null if that container never wrote one.</summary>
    public ContainerLog? Find(string podUid, string container) => logs.GetValueOrDefault((podUid, container));

    private ContainerLog Of(string podUid, string container) => logs.GetOrAdd((podUid, container), _ => new());
}

/// <summary>The log of one container: of the run that is under way, and of the one before it.</summary>
public sealed class ContainerLog
{
    public RunLog Current { get; private set; } = new();

    /// <summary>Null if the container runs for the first time.</summary>
    public RunLog? Previous { get; private set; }

    internal void Rotate()
    {
        Current.End();
        (Previous, Current) = (Current, new());
    }
}
