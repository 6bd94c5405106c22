using System.Threading.Channels;

namespace Operator.Runtime;

/// <summary>
/// Keys that want work. A key is never handed out twice at once; one that is added while it is worked on runs again;
/// a failed one comes back after a pause that doubles. Nothing is ever dropped.
/// After client-go's util/workqueue.
/// </summary>
/// <param name="time">The clock of pauses.</param>
/// <param name="isUrgent">Keys that are handed out before all others, asked when one becomes ready. Among equals the one that came first goes first.</param>
/// <param name="metrics">Where waits and retries are counted.</param>
public sealed class WorkQueue<TKey>(TimeProvider time, Func<TKey, bool>? isUrgent = null, QueueMetrics? metrics = null)
    where TKey : notnull
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>A timer cannot wait for ever, so a key that is to wait for longer looks again after this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly long origin = time.GetTimestamp();
    private readonly Lock gate = new();
    private readonly Channel<Place> ready = Channel.CreateUnboundedPrioritized<Place>();
    private long places;
    private readonly HashSet<TKey> dirty = [];
    private readonly HashSet<TKey> processing = [];
    private readonly Dictionary<TKey, Delay> delayed = [];
    private readonly Dictionary<TKey, int> failures = [];

    /// <summary>Keys that wait to be handed out now.</summary>
    public int Length => ready.Reader.Count;

    /// <summary>Nothing is ready or worked on; keys that come back later do not count.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return dirty.Count == 0 && processing.Count == 0;
        }
    }

    public void Add(TKey key)
    {
        lock (gate)
        {
            if (delayed.Remove(key, out var delay))
                delay.Timer.Dispose();
            if (!dirty.Add(key) || processing.Contains(key))
                return;
            Offer(key);
        }
    }

    /// <summary>Adds the key later; of several times the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan wait)
    {
        if (wait <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (gate)
        {
            if (wait > LongestWait)
                wait = LongestWait;
            // On the monotonic clock: the other may jump.
            var due = time.GetElapsedTime(origin) + wait;
            if (delayed.TryGetValue(key, out var earlier))
            {
                if (earlier.Due <= due)
                    return;
                earlier.Timer.Dispose();
            }
            delayed[key] = new(due, time.CreateTimer(_ => Add(key), null, wait, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>Waits for a key. Whoever takes it must call <see cref="Done"/>.</summary>
    public async Task<TKey> TakeAsync(CancellationToken cancellation)
    {
        var (key, _, _, since) = await ready.Reader.ReadAsync(cancellation);
        metrics?.Waits.Observe(time.GetElapsedTime(since).TotalSeconds);
        lock (gate)
        {
            dirty.Remove(key);
            processing.Add(key);
            return key;
        }
    }

    public void Done(TKey key)
    {
        lock (gate)
        {
            processing.Remove(key);
            if (!dirty.Contains(key))
                return;
            Offer(key);
        }
    }

    /// <summary>The work on this key went well: its next failure starts at the shortest pause again.</summary>
    public void Forget(TKey key)
    {
        lock (gate)
            failures.Remove(key);
    }

    /// <summary>The work on this key failed: it comes back after a pause that doubles with every failure, and is no shorter than the server asked for.</summary>
    public void AddAfterFailure(TKey key, TimeSpan? atLeast = null)
    {
        metrics?.Retries.Inc();
        int count;
        lock (gate)
            failures[key] = count = failures.GetValueOrDefault(key) + 1;
        var pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, ShortestPause.TotalMilliseconds * Math.Pow(2, Math.Min(count - 1, 20))));
        AddAfter(key, atLeast > pause ? atLeast.Value : pause);
    }

    private void Offer(TKey key) => ready.Writer.TryWrite(new(key, isUrgent?.Invoke(key) is true, ++places, time.GetTimestamp()));

    private readonly record struct Place(TKey Key, bool Urgent, long Number, long Since) : IComparable<Place>
    {
        public int CompareTo(Place other) => Urgent == other.Urgent ? Number.CompareTo(other.Number) : Urgent ? -1 : 1;
    }

    private readonly record struct Delay(TimeSpan Due, ITimer Timer);
}
