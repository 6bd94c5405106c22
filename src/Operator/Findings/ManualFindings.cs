namespace Operator.Findings;

/// <summary>
/// The findings that people have made in one namespace: those that are worked on, and the names of some that wait for one of them to be
/// deleted. Neither is more than the limit, however many there are.
/// </summary>
internal sealed class ManualFindings(int most)
{
    private readonly HashSet<string> workedOn = [];
    private readonly Queue<string> waiting = new();
    private readonly HashSet<string> waitingNames = [];
    private long dropped;
    private long read;

    /// <summary>How many are known to wait.</summary>
    public int Waiting => waitingNames.Count;

    /// <summary>More wait than are known by name.</summary>
    public bool HasMore => dropped > read;

    /// <summary>No more names are kept.</summary>
    public bool IsFull => waiting.Count >= most;

    /// <summary>How often a name was not kept.</summary>
    public long Dropped => dropped;

    /// <summary>Their names are to be read: there is room for them.</summary>
    public bool NeedsNames => HasMore && waitingNames.Count == 0 && workedOn.Count < most;

    public bool IsEmpty => workedOn.Count == 0 && waitingNames.Count == 0 && !HasMore;

    public bool IsWorkedOn(string name) => workedOn.Contains(name);

    /// <summary>Whether it is worked on; it begins to be if there is room, else it waits.</summary>
    public bool Admit(string name)
    {
        if (workedOn.Contains(name))
            return true;
        if (workedOn.Count < most)
        {
            waitingNames.Remove(name);
            return workedOn.Add(name);
        }
        if (waitingNames.Contains(name))
            return false;
        if (waiting.Count >= most)
            dropped++;
        else if (waitingNames.Add(name))
            waiting.Enqueue(name);
        return false;
    }

    /// <summary>It is gone. The one that takes its place, if any is known to wait.</summary>
    public string? Leave(string name)
    {
        waitingNames.Remove(name);
        if (!workedOn.Remove(name))
            return null;
        while (waiting.TryDequeue(out var next))
        {
            if (waitingNames.Remove(next))
            {
                workedOn.Add(next);
                return next;
            }
        }
        return null;
    }

    /// <summary>All of them have been read since so many names were not kept.</summary>
    public void Read(long droppedBefore) => read = Math.Max(read, droppedBefore);
}
