namespace Operator.Receiver;

/// <summary>
/// How many alerts are read and stored at the same time. No source has more turns than its share of them, and a turn that becomes free goes to the sources
/// that wait for one, one after the other. A source with a hundred alerts under way so holds up the alert of another no longer than one of its own takes.
/// Of the batches of a source one alert at a time has a turn: who sends a thousand at once can wait, and takes no processor time from those who send one.
/// </summary>
internal sealed class FairTurns(int turns = FairTurns.Most)
{
    /// <summary>Enough for 300 findings a second of an API server that takes 25 ms for one.</summary>
    public const int Most = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<Lane, int> held = [];
    private readonly Dictionary<Lane, Queue<TaskCompletionSource>> waiting = [];
    private readonly List<Lane> order = [];
    private readonly int all = turns;
    private int free = turns;
    private int share = turns;

    /// <summary>Completes when it is this source's turn. What is returned ends the turn when it is disposed.</summary>
    /// <param name="source">Whose alert it is.</param>
    /// <param name="isBatch">Whether its request has more than this one.</param>
    /// <param name="sources">How many sources there are: each has that part of the turns, and at least one.</param>
    /// <param name="cancellation">Its sender has gone.</param>
    public async ValueTask<Turn> TakeAsync(string source, bool isBatch, int sources, CancellationToken cancellation)
    {
        Lane lane = new(source, isBatch);
        TaskCompletionSource mine;
        lock (gate)
        {
            share = Math.Max(1, all / sources);
            if (free > 0 && MayHold(lane))
            {
                Hold(lane);
                return new(this, lane);
            }
            mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!waiting.TryGetValue(lane, out var queue))
            {
                waiting[lane] = queue = [];
                order.Add(lane);
            }
            queue.Enqueue(mine);
        }
        await using var registration = cancellation.UnsafeRegister(static (m, c) => ((TaskCompletionSource)m!).TrySetCanceled(c), mine);
        await mine.Task;
        return new(this, lane);
    }

    private bool MayHold(Lane lane) => held.GetValueOrDefault(lane) < (lane.IsBatch ? 1 : share);

    private void Leave(Lane lane)
    {
        lock (gate)
        {
            free++;
            if (--held[lane] == 0)
                held.Remove(lane);
            while (free > 0 && order.FindIndex(MayHold) is >= 0 and var next)
                Pass(order[next]);
        }
    }

    /// <summary>Gives a turn to the first of a source that waits. One whose sender has gone is passed over.</summary>
    private void Pass(Lane lane)
    {
        order.Remove(lane);
        var queue = waiting[lane];
        var first = queue.Dequeue();
        if (queue.Count > 0)
            order.Add(lane);
        else
            waiting.Remove(lane);
        if (first.TrySetResult())
            Hold(lane);
    }

    private void Hold(Lane lane)
    {
        free--;
        held[lane] = held.GetValueOrDefault(lane) + 1;
    }

    /// <summary>The alerts of a source that come alone, or those of its batches.</summary>
    internal readonly record struct Lane(string Source, bool IsBatch);

    /// <summary>One alert may be worked on.</summary>
    public readonly struct Turn(FairTurns turns, Lane lane) : IDisposable
    {
        public void Dispose() => turns.Leave(lane);
    }
}
