using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Findings;

/// <summary>
/// How many findings are stored, of each source and of each namespace in which people make them. Those of a namespace above the limit are not worked on
/// until others are deleted.
/// </summary>
internal sealed class LiveFindings
{
    private readonly Lock gate = new();
    private readonly OperatorOptions options;
    private readonly Dictionary<string, HashSet<string>> ofSources = [];
    private readonly Dictionary<string, HashSet<string>> workedOn = [];
    private readonly Dictionary<string, HashSet<string>> waiting = [];

    public LiveFindings(ClusterCache cache, OperatorOptions options)
    {
        this.options = options;
        cache.SecurityFindings.Subscribe(Follow);
    }

    /// <summary>A finding made by hand that had to wait is worked on now.</summary>
    public event Action<ObjectKey>? Admitted;

    /// <summary>Namespaces with more findings than are worked on, and how many of each wait.</summary>
    public IReadOnlyList<(string Namespace, int Waiting)> Crowded
    {
        get
        {
            lock (gate)
                return [.. waiting.Select(w => (w.Key, w.Value.Count))];
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
            SetOf(ofSources, source).Add(name);
    }

    /// <summary>Whether a finding made by hand is among those of its namespace that are worked on.</summary>
    public bool IsWorkedOn(ObjectKey manual)
    {
        lock (gate)
            return Admit(manual);
    }

    private void Follow(Change<SecurityFinding> change)
    {
        var key = ObjectKey.Of(change.Any.Metadata);
        ObjectKey? admitted = null;
        lock (gate)
        {
            if (key.Namespace == options.Namespace)
                Count(change.Any.Spec.Source, key.Name, change.Now is not null);
            else if (change.Now is not null)
                Admit(key);
            else
                admitted = Leave(key);
        }
        if (admitted is { } next)
            Admitted?.Invoke(next);
    }

    private void Count(string source, string name, bool isThere)
    {
        if (isThere)
            SetOf(ofSources, source).Add(name);
        else if (ofSources.TryGetValue(source, out var names) && names.Remove(name) && names.Count == 0)
            ofSources.Remove(source);
    }

    private bool Admit(ObjectKey key)
    {
        var admitted = SetOf(workedOn, key.Namespace);
        if (admitted.Contains(key.Name))
            return true;
        if (admitted.Count >= options.MaxFindingsPerNamespace)
        {
            SetOf(waiting, key.Namespace).Add(key.Name);
            return false;
        }
        admitted.Add(key.Name);
        return true;
    }

    /// <summary>One that waits takes the place of one that is gone.</summary>
    private ObjectKey? Leave(ObjectKey key)
    {
        var left = workedOn.TryGetValue(key.Namespace, out var admitted) && admitted.Remove(key.Name);
        if (!waiting.TryGetValue(key.Namespace, out var queue))
        {
            if (admitted?.Count == 0)
                workedOn.Remove(key.Namespace);
            return null;
        }
        queue.Remove(key.Name);
        ObjectKey? next = left && queue.Count > 0 ? new(key.Namespace, queue.First()) : null;
        if (next is { } moved)
        {
            queue.Remove(moved.Name);
            admitted!.Add(moved.Name);
        }
        if (queue.Count == 0)
            waiting.Remove(key.Namespace);
        return next;
    }

    private static HashSet<string> SetOf(Dictionary<string, HashSet<string>> sets, string key)
    {
        if (!sets.TryGetValue(key, out var set))
            sets[key] = set = [];
        return set;
    }
}
