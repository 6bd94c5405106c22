using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Runtime.Tests;

/// <summary>A fake time that remembers for how long it was asked to wait, and whose clock jumps as a real one does: without its timers or its timestamps.</summary>
internal sealed class RecordedTime : FakeTimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> waits = [];
    private readonly ConcurrentDictionary<RecordedTimer, TimeSpan> pauses = [], deadlines = [];
    private readonly ConcurrentQueue<(TimeSpan Due, Action Fire)> made = [];
    private TimeSpan jump;

    public IReadOnlyList<TimeSpan> Waits => [.. waits];

    /// <summary>How long it has run since it was made, whatever its clock says.</summary>
    public TimeSpan Elapsed => base.GetUtcNow() - Start;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + jump;

    public void Jump(TimeSpan by) => jump += by;

    /// <summary>Whether somebody pauses for no longer than this. Somebody who works against a deadline does not.</summary>
    public bool IsWaitedFor(TimeSpan atMost) => pauses.Values.Any(due => due <= atMost);

    /// <summary>Whether somebody works against a deadline of no more than this.</summary>
    public bool IsWorkedAgainst(TimeSpan atMost) => deadlines.Values.Any(due => due <= atMost);

    /// <summary>Fires every timer of this span once more, as one does that was about to when it was stopped.</summary>
    public void FireLate(TimeSpan due)
    {
        foreach (var timer in made.Where(t => t.Due == due))
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var pending = state is CancellationTokenSource ? deadlines : pauses;
        var waiting = new RecordedTimer(pending);
        if (dueTime >= TimeSpan.Zero)
            pending[waiting] = dueTime;
        waiting.Timer = base.CreateTimer(
            s =>
            {
                pending.TryRemove(waiting, out _);
                callback(s);
            },
            state,
            dueTime,
            period);
        waits.Enqueue(dueTime);
        made.Enqueue((dueTime, () => callback(state)));
        return waiting;
    }

    /// <summary>Lets time pass, step by step, until a condition holds.</summary>
    public Task PassUntilAsync(TimeSpan step, Func<bool> condition, string what) => Waiting.UntilAsync(
        () =>
        {
            if (condition())
                return Task.FromResult(true);
            Advance(step);
            return Task.FromResult(condition());
        },
        what);

    private sealed class RecordedTimer(ConcurrentDictionary<RecordedTimer, TimeSpan> pending) : ITimer
    {
        public ITimer? Timer { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => Timer!.Change(dueTime, period);

        public void Dispose()
        {
            pending.TryRemove(this, out _);
            Timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
