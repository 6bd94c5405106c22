using System.Collections.Immutable;

namespace Operator.DevCluster.Storage;

/// <summary>The recent writes of one resource. Written under the store's lock, read by anyone.</summary>
public sealed class ObjectHistory
{
    private readonly Lock gate = new();
    private readonly List<StorageEvent> events;

    internal ObjectHistory(long revision)
    {
        Latest = new(revision, null, null, ImmutableSortedDictionary<ObjectName, StoredObject>.Empty) { Deleted = false };
        events = [Latest];
    }

    public StorageEvent Latest { get; private set; }

    /// <summary>The event to read on from (or whose state to list) for a revision; null if that has been compacted.</summary>
    public StorageEvent? At(long revision)
    {
        lock (gate)
        {
            int low = 0, high = events.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (events[middle].Revision <= revision)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low == 0 ? null : events[low - 1];
        }
    }

    internal void Append(StorageEvent written, int length)
    {
        lock (gate)
        {
            events.Add(written);
            if (events.Count > 2 * length)
                events.RemoveRange(0, events.Count - length);
        }
        var previous = Latest;
        Latest = written;
        previous.Link(written);
    }

    /// <summary>Shows the newest state differently from now on, without a write that watchers would see.</summary>
    internal void Reread(ImmutableSortedDictionary<ObjectName, StoredObject> state)
    {
        lock (gate)
        {
            StorageEvent reread = new(Latest.Revision, null, null, state) { Deleted = false };
            events.Add(reread);
            var previous = Latest;
            Latest = reread;
            previous.Link(reread);
        }
    }

    /// <summary>Keeps the newest state alone, readable from <paramref name="revision"/> on.</summary>
    internal void Compact(long revision)
    {
        lock (gate)
        {
            StorageEvent floor = new(revision, null, null, Latest.State) { Deleted = false };
            events.Clear();
            events.Add(floor);
            var previous = Latest;
            Latest = floor;
            previous.Link(floor);
        }
    }
}
