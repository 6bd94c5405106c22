namespace Operator.DevCluster.Logs;

/// <summary>One line that a container wrote.</summary>
public sealed record LogLine(DateTimeOffset Time, string Text);

/// <summary>What a container wrote between one start and its end.</summary>
public sealed class RunLog
{
    private readonly Lock gate = new();
    private readonly List<LogLine> lines = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool ended;

    public IReadOnlyList<LogLine> Lines => Read().Lines;

    /// <summary>The lines so far, whether they are all, and a task that completes when that is no longer so.</summary>
    public (IReadOnlyList<LogLine> Lines, bool Ended, Task Changed) Read()
    {
        lock (gate)
            return ([.. lines], ended, changed.Task);
    }

    internal void Append(LogLine line)
    {
        lock (gate)
        {
            lines.Add(line);
            Pulse();
        }
    }

    internal void End()
    {
        lock (gate)
        {
            ended = true;
            Pulse();
        }
    }

    private void Pulse()
    {
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
