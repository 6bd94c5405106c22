using System.Collections.Concurrent;

namespace Operator.Receiver;

/// <summary>
/// What was accepted of batches that their source's rate cut short. It costs nothing when the batch is sent again, once, so that a batch larger than the
/// burst gets further each time.
/// </summary>
internal sealed class BatchProgress
{
    private const int MostOfASource = 4096;

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<UInt128, bool>> accepted = new();

    public void Remember(string source, IEnumerable<UInt128> alerts)
    {
        var known = accepted.GetOrAdd(source, _ => new());
        foreach (var alert in alerts)
        {
            if (known.Count >= MostOfASource)
                known.Clear();
            known[alert] = true;
        }
    }

    /// <summary>Whether this alert was paid for when it was sent before.</summary>
    public bool Redeem(string source, UInt128 alert) => accepted.TryGetValue(source, out var known) && known.TryRemove(alert, out _);
}
