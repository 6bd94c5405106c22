using Operator.Cluster;

namespace Operator.Receiver;

/// <summary>
/// What the requests of one source may hold at once: its share of the slots and of the memory for bodies, by how many sources there are. A share is lent to
/// nobody, so what one source does never takes another's.
/// </summary>
internal sealed class SourceShares(ClusterCache cache, FairTurns turns)
{
    public const int Slots = 256;
    private const int LeastSlots = 4;

    /// <summary>Of all bodies that are being read, in bytes.</summary>
    public const long Memory = 16 * 1024 * 1024;
    private const long LeastMemory = 1024 * 1024;

    private readonly FairTurns turns = turns;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (int Slots, long Bytes)> held = [];

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

    private void Leave(string source, long bytes)
    {
        lock (gate)
        {
            var now = held[source];
            if (now.Slots == 1)
                held.Remove(source);
            else
                held[source] = (now.Slots - 1, now.Bytes - bytes);
        }
    }

    /// <summary>What one request holds; given back when it is disposed.</summary>
    public sealed class Share(SourceShares shares, string source) : IDisposable
    {
        /// <summary>Small requests are not counted to the byte.</summary>
        private const long Step = 16 * 1024;

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

        /// <summary>Waits until an alert of this source may be read or stored.</summary>
        public ValueTask<FairTurns.Turn> TurnAsync(CancellationToken cancellation) => shares.turns.TakeAsync(source, shares.Sources, cancellation);

        public void Dispose() => shares.Leave(source, bytes);
    }
}
