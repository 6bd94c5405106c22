using Operator.Cluster;

namespace Operator.Receiver;

/// <summary>
/// What the requests of one source may hold at once: its share of the slots and of the memory for bodies, by how many sources there are; and how fast its
/// bodies are read. A share is lent to nobody, so what one source does never takes another's.
/// </summary>
internal sealed class SourceShares(ClusterCache cache, FairTurns turns, TimeProvider time)
{
    public const int Slots = 256;
    private const int LeastSlots = 4;

    /// <summary>Of all bodies that are being read, in bytes.</summary>
    public const long Memory = 16 * 1024 * 1024;
    private const long LeastMemory = 1024 * 1024;

    /// <summary>
    /// Bytes of bodies that are read in a second, refused ones included: what a flood sends waits at its sender, and takes no processor time from the others.
    /// The largest body is read at once.
    /// </summary>
    public const long BytesPerSecond = 16 * 1024 * 1024;
    private const long LeastBytesPerSecond = 4 * 1024 * 1024;
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);

    private readonly FairTurns turns = turns;
    private readonly TimeProvider time = time;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (int Slots, long Bytes)> held = [];
    private readonly Dictionary<string, DateTimeOffset> paidUntil = [];

    /// <summary>A slot, or null where the source holds all of its own.</summary>
    public Share? Enter(string source)
    {
        lock (gate)
        {
            var (slots, bytes) = held.GetValueOrDefault(source);
            if (slots >= Math.Max(LeastSlots, Slots / Sources))
                return null;
            held[source] = (slots + 1, bytes);
            return new(this, source);
        }
    }

    private int Sources => Math.Max(1, cache.FindingSources.Store.Count);

    private bool Hold(string source, long more)
    {
        lock (gate)
        {
            var (slots, bytes) = held[source];
            if (more > 0 && bytes + more > Math.Max(LeastMemory, Memory / Sources))
                return false;
            held[source] = (slots, bytes + more);
            return true;
        }
    }

    /// <summary>How long nothing more is read of the source after so many bytes.</summary>
    private TimeSpan Pay(string source, long bytes)
    {
        lock (gate)
        {
            var (now, rate) = (time.GetUtcNow(), Math.Max(LeastBytesPerSecond, BytesPerSecond / Sources));
            var least = now - TimeSpan.FromSeconds((double)AlertReader.MaximumBytes / rate);
            var from = paidUntil.GetValueOrDefault(source) is var until && until > least ? until : least;
            return (paidUntil[source] = from + TimeSpan.FromSeconds((double)bytes / rate)) - now;
        }
    }

    private void Leave(string source, long bytes)
    {
        lock (gate)
        {
            var now = held[source];
            if (now.Slots > 1)
            {
                held[source] = (now.Slots - 1, now.Bytes - bytes);
                return;
            }
            held.Remove(source);
            foreach (var (old, _) in paidUntil.Where(p => p.Value < time.GetUtcNow() - Forgotten).ToList())
                paidUntil.Remove(old);
        }
    }

    /// <summary>What one request holds; given back when it is disposed.</summary>
    public sealed class Share(SourceShares shares, string source) : IDisposable
    {
        /// <summary>Small requests are not counted to the byte.</summary>
        private const long Step = 16 * 1024;

        /// <summary>A pause relieves this process's processors; what takes longer waits for the API server.</summary>
        private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

        private long bytes;

        /// <summary>Whether this request may hold so many bytes.</summary>
        public bool TryHold(long needed)
        {
            var more = ((needed + Step - 1) / Step * Step) - bytes;
            if (more <= 0)
                return true;
            if (!shares.Hold(source, more))
                return false;
            bytes += more;
            return true;
        }

        /// <summary>So many bytes were read: waits until more may be.</summary>
        public Task PaceAsync(long read, CancellationToken cancellation) =>
            shares.Pay(source, read) is var wait && wait > TimeSpan.Zero ? Task.Delay(wait, shares.time, cancellation) : Task.CompletedTask;

        /// <summary>Waits until an alert of this source may be read or stored.</summary>
        public ValueTask<FairTurns.Turn> TurnAsync(bool isBatch, CancellationToken cancellation) => shares.turns.TakeAsync(source, isBatch, shares.Sources, cancellation);

        /// <summary>An alert of a batch took so long to store. Beside other sources the batch pauses as long, up to its limit.</summary>
        public Task YieldAsync(TimeSpan took, CancellationToken cancellation) =>
            shares.Sources > 1 ? Task.Delay(took < LongestPause ? took : LongestPause, shares.time, cancellation) : Task.CompletedTask;

        public void Dispose() => shares.Leave(source, bytes);
    }
}
