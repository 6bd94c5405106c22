using System.Text.Json.Nodes;

namespace Operator.DevCluster.Storage;

/// <summary>
/// What etcd is to a kube-apiserver: one revision counter over everything, compare-and-swap per object, and for each
/// resource a bounded history.
/// </summary>
public sealed class ObjectStore(int historyLength)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ObjectHistory> histories = [];
    private long revision;

    /// <summary>The newest revision of the whole store.</summary>
    public long Revision => Volatile.Read(ref revision);

    /// <summary>Called inside the commit of every write, in the order of revisions; must be quick and must not write.</summary>
    public event Action<string, StorageEvent>? Committed;

    /// <summary>The history of one resource, named as <c>plural.group</c>.</summary>
    public ObjectHistory History(string resource)
    {
        lock (gate)
        {
            if (!histories.TryGetValue(resource, out var history))
                histories[resource] = history = new(Revision);
            return history;
        }
    }

    public StoredObject? Get(string resource, ObjectName name) => History(resource).Latest.State.GetValueOrDefault(name);

    /// <summary>The newest event of a resource together with the store's revision at that moment.</summary>
    public (StorageEvent Latest, long Revision) Snapshot(string resource)
    {
        var history = History(resource);
        lock (gate)
            return (history.Latest, revision);
    }

    /// <summary>
    /// Writes one object if it still is at the version <paramref name="expected"/> (null: if it does not exist).
    /// <paramref name="json"/> is frozen by this call; null deletes.
    /// </summary>
    /// <returns>The new version (of a deletion: the last state at the deletion's revision), or null if somebody was faster.</returns>
    public StoredObject? TryCommit(string resource, ObjectName name, StoredObject? expected, JsonObject? json)
    {
        var history = History(resource);
        lock (gate)
        {
            if (history.Latest.State.GetValueOrDefault(name) != expected)
                return null;
            revision++;
            var content = json ?? expected?.Json.Clone() ?? throw new InvalidOperationException($"{name} neither exists nor is to be made.");
            content.EnsureMetadata()["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
            StoredObject after = new(content, revision);
            bool deleted = json is null;
            var state = deleted ? history.Latest.State.Remove(name) : history.Latest.State.SetItem(name, after);
            StorageEvent written = new(revision, expected, after, state) { Deleted = deleted };
            Committed?.Invoke(resource, written);
            history.Append(written, historyLength);
            return after;
        }
    }

    /// <summary>
    /// Applies a new reading to all objects of a resource at the revisions they have, as a kube-apiserver decodes what
    /// it stored by the schema of now. May be called while a write is committed.
    /// </summary>
    internal void Reread(string resource, Action<JsonObject> read)
    {
        lock (gate)
        {
            var history = History(resource);
            var state = history.Latest.State;
            foreach (var (name, stored) in state)
            {
                var json = stored.Json.Clone();
                read(json);
                if (!JsonNode.DeepEquals(json, stored.Json))
                    state = state.SetItem(name, new(json, stored.Revision));
            }
            history.Reread(state);
        }
    }

    /// <summary>Forgets all history, as an etcd compaction at the newest revision does.</summary>
    public void Compact()
    {
        lock (gate)
        {
            foreach (var history in histories.Values)
                history.Compact(revision);
        }
    }
}
