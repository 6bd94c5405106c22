namespace Operator.Receiver;

/// <summary>
/// How many alerts are read and stored at the same time. No source has more turns than its share of them, and a turn that becomes free goes to the sources
/// that wait for one, one after the other. A source with a hundred alerts under way so holds up the alert of another no longer than one of its own takes.
/// </summary>
internal sealed class FairTurns(int turns = FairTurns.Most)
{
    /// <summary>Enough for 300 findings a second of an API server that takes 25 ms for one.</summary>
    public const int Most = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> held = [];
    private readonly Dictionary<string, Queue<TaskCompletionSource>> waiting = [];
    private readonly List<string> order = [];
    private readonly int all = turns;
    private int free = turns;
    private int share = turns;

    /// <summary>Completes when it is this source's turn. What is returned ends the turn when it is disposed.</summary>
    /// <param name="source">Whose alert it is.</param>
    /// <param name="sources">How many sources there are: each has that part of the turns, and at least one.</param>
    /// <param name="cancellation">Its sender has gone.</param>
    public async ValueTask<Turn> TakeAsync(string source, int sources, CancellationToken cancellation)
    {
        TaskCompletionSource mine;
        lock (gate)
        {
            share = Math.Max(1, all / sources);
            if (free > 0 && held.GetValueOrDefault(source) < share)
            {
                Hold(source);
                return new(this, source);
            }
            mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!waiting.TryGetValue(source, out var queue))
            {
                waiting[source] = queue = [];
                order.Add(source);
            }
            queue.Enqueue(mine);
        }
        await using var registration = cancellation.UnsafeRegister(static (m, c) => ((TaskCompletionSource)m!).TrySetCanceled(c), mine);
        await mine.Task;
        return new(this, source);
    }

    private void Leave(string source)
    {
        lock (gate)
        {
            free++;
            if (--held[source] == 0)
                held.Remove(source);
            while (free > 0 && order.Find(s => held.GetValueOrDefault(s) < share) is { } next)
                Pass(next);
        }
    }

    /// <summary>Gives a turn to the first of a source that waits. One whose sender has gone is passed over.</summary>
    private void Pass(string source)
    {
        order.Remove(source);
        var queue = waiting[source];
        var first = queue.Dequeue();
        if (queue.Count > 0)
            order.Add(source);
        else
            waiting.Remove(source);
        if (first.TrySetResult())
            Hold(source);
    }

    private void Hold(string source)
    {
        free--;
        held[source] = held.GetValueOrDefault(source) + 1;
    }

    /// <summary>One alert may be worked on.</summary>
    public readonly struct Turn(FairTurns turns, string source) : IDisposable
    {
        public void Dispose() => turns.Leave(source);
    }
}
