using System.Collections.Concurrent;

namespace Operator.Sources;

/// <summary>What was heard of each source since the process began, on its way into the status of its FindingSource.</summary>
internal sealed class SourceActivity(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Counts> sources = new();

    /// <summary>Counts of one source that are not in its status yet.</summary>
    public sealed class Counts
    {
        public DateTimeOffset? LastHeardAt { get; set; }
        public long Accepted { get; set; }
        public Dictionary<string, (long Count, DateTimeOffset LastAt, string Message)> Rejected { get; } = [];
    }

    public void Heard(string source) => Update(source, c => c.LastHeardAt = time.GetUtcNow());

    public void Accepted(string source, int count) => Update(source, c => c.Accepted += count);

    public void Rejected(string source, string reason, string message) => Update(source, c =>
        c.Rejected[reason] = (c.Rejected.GetValueOrDefault(reason).Count + 1, time.GetUtcNow(), message));

    /// <summary>Takes what has gathered; whoever takes it writes it down or gives it back.</summary>
    public Counts? Take(string source) => sources.TryRemove(source, out var counts) ? counts : null;

    public void GiveBack(string source, Counts counts) => Update(source, current =>
    {
        current.LastHeardAt ??= counts.LastHeardAt;
        current.Accepted += counts.Accepted;
        foreach (var (reason, (count, at, message)) in counts.Rejected)
            current.Rejected[reason] = (current.Rejected.GetValueOrDefault(reason).Count + count, at, message);
    });

    private void Update(string source, Action<Counts> change)
    {
        while (true)
        {
            var counts = sources.GetOrAdd(source, _ => new());
            lock (counts)
            {
                // Taken meanwhile: what is added now would be lost.
                if (!sources.TryGetValue(source, out var current) || current != counts)
                    continue;
                change(counts);
                return;
            }
        }
    }
}
