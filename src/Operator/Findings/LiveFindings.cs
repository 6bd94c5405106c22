using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Findings;

/// <summary>
/// How many findings are stored, of each source and of each namespace in which people make them. Those of a namespace above the limit are
/// not worked on until others are deleted, and are in no cache.
/// </summary>
internal sealed class LiveFindings
{
    private readonly Lock gate = new();
    private readonly OperatorOptions options;
    private readonly Dictionary<string, HashSet<string>> ofSources = [];
    private readonly Dictionary<string, ManualFindings> ofNamespaces = [];

    public LiveFindings(ClusterCache cache, OperatorOptions options)
    {
        this.options = options;
        cache.SecurityFindings.Admits = f => f.Metadata.NamespaceProperty == options.Namespace || Admit(ObjectKey.Of(f.Metadata));
        cache.SecurityFindings.Subscribe(Follow);
    }

    /// <summary>A finding made by hand that had to wait is worked on now.</summary>
    public event Action<ObjectKey>? Admitted;

    /// <summary>A namespace has room for findings of which not even the names are known.</summary>
    public event Action<string>? HasRoom;

    /// <summary>Namespaces with more findings than are worked on, and how many of each are known to wait.</summary>
    public IReadOnlyList<(string Namespace, int Waiting)> Crowded
    {
        get
        {
            lock (gate)
                return [.. ofNamespaces.Where(n => n.Value.Waiting > 0 || n.Value.HasMore).Select(n => (n.Key, n.Value.Waiting))];
        }
    }

    /// <summary>Findings of a source that are stored.</summary>
    public int CountOf(string source)
    {
        lock (gate)
            return ofSources.TryGetValue(source, out var names) ? names.Count : 0;
    }

    public bool IsFull(string source) => CountOf(source) >= options.MaxFindingsPerSource;

    /// <summary>It was stored and counts from now on, however late the watch is that brings it.</summary>
    public void Created(string source, string name)
    {
        lock (gate)
            Count(source, name, isThere: true);
    }

    /// <summary>Whether a finding made by hand is among those of its namespace that are worked on.</summary>
    public bool IsWorkedOn(ObjectKey manual)
    {
        lock (gate)
            return ofNamespaces.TryGetValue(manual.Namespace, out var known) && known.IsWorkedOn(manual.Name);
    }

    /// <summary>Whether a finding made by hand is worked on; it begins to be if its namespace has room.</summary>
    public bool Admit(ObjectKey manual)
    {
        lock (gate)
        {
            if (!ofNamespaces.TryGetValue(manual.Namespace, out var known))
                ofNamespaces[manual.Namespace] = known = new(options.MaxFindingsPerNamespace);
            return known.Admit(manual.Name);
        }
    }

    /// <summary>A finding made by hand is gone; one that waits takes its place.</summary>
    public void Leave(ObjectKey manual)
    {
        string? next;
        bool room;
        lock (gate)
        {
            if (!ofNamespaces.TryGetValue(manual.Namespace, out var known))
                return;
            next = known.Leave(manual.Name);
            room = known.NeedsNames;
            if (known.IsEmpty)
                ofNamespaces.Remove(manual.Namespace);
        }
        if (next is not null)
            Admitted?.Invoke(new(manual.Namespace, next));
        if (room)
            HasRoom?.Invoke(manual.Namespace);
    }

    /// <summary>
    /// Where a namespace has room for findings of which the names are not known: how many names were not kept. Null where none are missing.
    /// </summary>
    public long? MissingNames(string ns)
    {
        lock (gate)
            return ofNamespaces.TryGetValue(ns, out var known) && known.NeedsNames ? known.Dropped : null;
    }

    /// <summary>The findings of a namespace were read to the end.</summary>
    public void WereRead(string ns, long missing)
    {
        lock (gate)
        {
            if (ofNamespaces.TryGetValue(ns, out var known))
                known.Read(missing);
        }
    }

    /// <summary>Whether no more names of a namespace are kept: those that follow are read another time.</summary>
    public bool IsCrowded(string ns)
    {
        lock (gate)
            return ofNamespaces.TryGetValue(ns, out var known) && known.IsFull;
    }

    private void Follow(Change<SecurityFinding> change)
    {
        var key = ObjectKey.Of(change.Any.Metadata);
        if (key.Namespace != options.Namespace)
        {
            if (change.Now is null)
                Leave(key);
            return;
        }
        lock (gate)
            Count(change.Any.Spec.Source, key.Name, change.Now is not null);
    }

    private void Count(string source, string name, bool isThere)
    {
        if (!isThere)
        {
            if (ofSources.TryGetValue(source, out var known) && known.Remove(name) && known.Count == 0)
                ofSources.Remove(source);
            return;
        }
        if (!ofSources.TryGetValue(source, out var names))
            ofSources[source] = names = [];
        names.Add(name);
    }
}
