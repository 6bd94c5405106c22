using System.Collections.Immutable;

namespace Operator.DevCluster.Storage;

/// <summary>
/// One write, as watchers see it, linked to the next. A watcher walks the links at its own pace, so that compaction
/// never takes an event from under it.
/// </summary>
public sealed class StorageEvent(
    long revision, StoredObject? before, StoredObject? after, ImmutableSortedDictionary<ObjectName, StoredObject> state)
{
    private readonly TaskCompletionSource<StorageEvent> next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Revision { get; } = revision;

    /// <summary>The version that was replaced or deleted; null for a creation.</summary>
    public StoredObject? Before { get; } = before;

    /// <summary>The new version. For a deletion the last state, carrying the deletion's revision.</summary>
    public StoredObject? After { get; } = after;

    public required bool Deleted { get; init; }

    /// <summary>Everything that existed once this write was done. The trees share all they have in common.</summary>
    public ImmutableSortedDictionary<ObjectName, StoredObject> State { get; } = state;

    /// <summary>Completes with the next write to the same resource.</summary>
    public Task<StorageEvent> Next => next.Task;

    internal void Link(StorageEvent following) => next.SetResult(following);
}
