using System.Collections.Immutable;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// What a reflector last saw, as one immutable snapshot that is swapped whole: a reader never sees half a relist.
/// Indexes are named at construction and kept with the snapshot.
/// </summary>
public sealed class Store<T>(IReadOnlyDictionary<string, Func<T, IEnumerable<string>>>? indexers = null)
    where T : class, IMetadata<V1ObjectMeta>
{
    private readonly IReadOnlyDictionary<string, Func<T, IEnumerable<string>>> indexers = indexers ?? ImmutableDictionary<string, Func<T, IEnumerable<string>>>.Empty;
    private volatile Snapshot snapshot = new(ImmutableDictionary<ObjectKey, T>.Empty, ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>>.Empty);

    public IEnumerable<T> All => snapshot.Objects.Values;

    public int Count => snapshot.Objects.Count;

    public T? Get(ObjectKey key) => snapshot.Objects.GetValueOrDefault(key);

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        var current = snapshot;
        return current.Index.TryGetValue((index, value), out var keys) ? [.. keys.Select(k => current.Objects[k])] : [];
    }

    internal T? Set(T value)
    {
        var key = ObjectKey.Of(value.Metadata);
        var old = Get(key);
        snapshot = new(snapshot.Objects.SetItem(key, value), Moved(key, old, value));
        return old;
    }

    internal T? Remove(ObjectKey key)
    {
        if (Get(key) is not { } old)
            return null;
        snapshot = new(snapshot.Objects.Remove(key), Without(snapshot.Index, key, old));
        return old;
    }

    /// <summary>Swaps in a whole list and returns what is no longer there: the key-set difference, taken after the last page.</summary>
    internal IReadOnlyList<T> Replace(IReadOnlyCollection<T> values)
    {
        // Of an object that stands twice, on two pages that do not quite belong together, the later.
        var objects = ImmutableDictionary<ObjectKey, T>.Empty.SetItems(values.Select(v => KeyValuePair.Create(ObjectKey.Of(v.Metadata), v)));
        Dictionary<(string, string), ImmutableArray<ObjectKey>> index = [];
        foreach (var (key, value) in objects)
        {
            foreach (var entry in Entries(value))
                index[entry] = index.TryGetValue(entry, out var keys) ? keys.Add(key) : [key];
        }
        var gone = snapshot.Objects.Where(o => !objects.ContainsKey(o.Key)).Select(o => o.Value).ToList();
        snapshot = new(objects, index.ToImmutableDictionary());
        return gone;
    }

    /// <summary>Most changes leave an object where it is indexed, and then cost the index nothing.</summary>
    private ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>> Moved(ObjectKey key, T? old, T value)
    {
        if (old is null)
            return With(snapshot.Index, key, value);
        return Entries(old).SequenceEqual(Entries(value)) ? snapshot.Index : With(Without(snapshot.Index, key, old), key, value);
    }

    private List<(string, string)> Entries(T value)
    {
        List<(string, string)> entries = [];
        foreach (var (index, indexer) in indexers)
        {
            foreach (var named in indexer(value))
            {
                // An indexer may name a value twice.
                if (!entries.Contains((index, named)))
                    entries.Add((index, named));
            }
        }
        return entries;
    }

    private ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>> With(
        ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>> index, ObjectKey key, T value)
    {
        foreach (var entry in Entries(value))
            index = index.SetItem(entry, (index.TryGetValue(entry, out var keys) ? keys : []).Add(key));
        return index;
    }

    private ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>> Without(
        ImmutableDictionary<(string, string), ImmutableArray<ObjectKey>> index, ObjectKey key, T value)
    {
        foreach (var entry in Entries(value))
        {
            if (!index.TryGetValue(entry, out var keys))
                continue;
            keys = keys.Remove(key);
            index = keys.IsEmpty ? index.Remove(entry) : index.SetItem(entry, keys);
        }
        return index;
    }

    private sealed record Snapshot(
        ImmutableDictionary<ObjectKey, T> Objects,
        ImmutableDictionary<(string Index, string Value), ImmutableArray<ObjectKey>> Index);
}
