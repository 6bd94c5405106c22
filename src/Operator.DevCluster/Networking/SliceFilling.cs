using k8s.Models;

namespace Operator.DevCluster.Networking;

/// <summary>Spreads endpoints over slices, so that a change of one pod rewrites one small slice.</summary>
internal static class SliceFilling
{
    private const int InSlice = 100;

    /// <summary>Every endpoint stays in the slice that it is in; new ones go where there is room.</summary>
    /// <returns>The present slices in their order, and new ones after them. At least one, be it empty.</returns>
    public static IReadOnlyList<IReadOnlyList<V1Endpoint>> Fill(IReadOnlyList<IList<V1Endpoint>> present, IEnumerable<V1Endpoint> wanted)
    {
        var left = wanted.ToDictionary(e => e.TargetRef.Uid);
        List<List<V1Endpoint>> filled = [];
        foreach (var slice in present)
        {
            List<V1Endpoint> kept = [];
            foreach (var endpoint in slice)
            {
                if (endpoint.TargetRef is { } target && left.Remove(target.Uid, out var now))
                    kept.Add(now);
            }
            filled.Add(kept);
        }
        foreach (var endpoint in left.Values.OrderBy(e => e.TargetRef.Name, StringComparer.Ordinal))
        {
            var room = filled.FirstOrDefault(s => s.Count < InSlice);
            if (room is null)
                filled.Add(room = []);
            room.Add(endpoint);
        }
        if (filled.Count == 0)
            filled.Add([]);
        return filled;
    }
}
