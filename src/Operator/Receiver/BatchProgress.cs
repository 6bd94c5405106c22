using System.Collections.Concurrent;
using Operator.Cluster;

namespace Operator.Receiver;

/// <summary>An alert that was accepted, and when first: the same bytes have the same hash.</summary>
internal readonly record struct AcceptedAlert(UInt128 Hash, string Finding, DateTimeOffset At);

/// <summary>
/// What was accepted of batches that their source's rate cut short. When the batch is sent again it costs nothing, so that a batch larger
/// than the burst gets further each time. It is not stored again either: what costs the source nothing costs the API server nothing.
/// </summary>
internal sealed class BatchProgress(ClusterCache cache, OperatorOptions options, TimeProvider time)
{
    private const int MostOfASource = 4096;

    /// <summary>A sender that is told to send again does so within seconds. Later the same alert happened again.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<UInt128, (AcceptedAlert Alert, DateTimeOffset SentAt)>> accepted = new();

    public void Remember(string source, IEnumerable<AcceptedAlert> alerts)
    {
        var (known, now) = (accepted.GetOrAdd(source, _ => new()), time.GetUtcNow());
        foreach (var alert in alerts)
        {
            if (known.Count >= MostOfASource)
                known.Clear();
            known[alert.Hash] = (alert, now);
        }
    }

    /// <summary>The alert as it was accepted a moment ago; null where it was not, or its finding was deleted since.</summary>
    public AcceptedAlert? Redeem(string source, UInt128 alert)
    {
        if (!accepted.TryGetValue(source, out var known) || !known.TryRemove(alert, out var before))
            return null;
        var now = time.GetUtcNow();
        // What was stored a moment ago may not have come to the cache yet.
        var isStored = now - before.Alert.At < RepeatedFindings.Period
            || cache.SecurityFindings.Store.Get(new(options.Namespace, before.Alert.Finding)) is not null;
        return isStored && now - before.SentAt < Remembered ? before.Alert : null;
    }
}
