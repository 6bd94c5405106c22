using System.Collections.Concurrent;

namespace Operator.DevCluster.Logs;

/// <summary>One line that a container wrote.</summary>
public sealed record LogLine(DateTimeOffset Time, string Text);

/// <summary>The logs of all containers: the kubelets write them, the API server serves them as <c>pods/log</c>.</summary>
public sealed class LogStore
{
    private readonly ConcurrentDictionary<(string PodUid, string Container), ContainerLog> logs = [];

    /// <summary>Adds a line to the log of the container that runs now.</summary>
    public void Append(string podUid, string container, LogLine line) => Of(podUid, container).Append(line);

    /// <summary>The container starts anew: its log so far becomes the previous one.</summary>
    public void Rotate(string podUid, string container) => Of(podUid, container).Rotate();

    /// <summary>The pod is gone, and its logs with it.</summary>
    public void Remove(string podUid)
    {
        foreach (var key in logs.Keys.Where(k => k.PodUid == podUid))
        {
            if (logs.TryRemove(key, out var log))
                log.Rotate();
        }
    }

    /// <summary>A log; null if that container never wrote one.</summary>
    public ContainerLog? Find(string podUid, string container) => logs.GetValueOrDefault((podUid, container));

    private ContainerLog Of(string podUid, string container) => logs.GetOrAdd((podUid, container), _ => new());
}

/// <summary>The log of one container: of the run that is under way, and of the one before.</summary>
public sealed class ContainerLog
{
    private readonly Lock gate = new();
    private List<LogLine> current = [];
    private List<LogLine>? previous;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<LogLine> Current
    {
        get
        {
            lock (gate)
                return [.. current];
        }
    }

    /// <summary>Null if the container runs for the first time.</summary>
    public IReadOnlyList<LogLine>? Previous
    {
        get
        {
            lock (gate)
                return previous is null ? null : [.. previous];
        }
    }

    /// <summary>Completes with the next line or rotation.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
                return changed.Task;
        }
    }

    internal void Append(LogLine line)
    {
        lock (gate)
        {
            current.Add(line);
            Pulse();
        }
    }

    internal void Rotate()
    {
        lock (gate)
        {
            (previous, current) = (current, []);
            Pulse();
        }
    }

    private void Pulse()
    {
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
