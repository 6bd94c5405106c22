using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What the StatefulSet controller does, and the DaemonSet controller, whose pods have a node each instead of a number.</summary>
internal sealed partial class World
{
    private readonly Dictionary<int, string> places = [];
    private readonly Dictionary<string, IReadOnlyList<TemplateContainer>> madeFrom = [];
    private IReadOnlyList<TemplateContainer>? old;

    /// <summary>Pods stay as they are until somebody deletes them.</summary>
    public bool OnDelete { get; init; }

    /// <summary>Ordinals below it are made from the old template.</summary>
    public int Partition { get; set; }

    private bool IsNumbered => Owner is OwnerKind.StatefulSet or OwnerKind.DaemonSet;

    private IReadOnlyList<TemplateContainer> Old => old ??= Template;

    /// <summary>All of them, each as soon as the one before is Ready.</summary>
    private void MakeAll()
    {
        while (Numbered())
        {
            foreach (var life in lives.Values)
                life.Pod = life.Pod with { Ready = true };
        }
    }

    private bool Numbered()
    {
        if (!IsNumbered || WorkloadGone)
            return false;
        foreach (var (gone, _) in places.Where(p => !lives.ContainsKey(p.Value)).ToList())
            places.Remove(gone);
        if (places.Where(p => p.Key >= Replicas).OrderByDescending(p => p.Key).FirstOrDefault(p => !lives[p.Value].Pod.Terminating) is { Value: { } surplus })
            return Stop(lives[surplus].Pod, 1);
        for (var place = 0; place < Replicas; place++)
        {
            if (places.TryGetValue(place, out var uid) && lives[uid] is var life)
            {
                // OrderedReady: nothing is done after a pod that is not Ready.
                if (Owner == OwnerKind.StatefulSet && !life.Pod.Ready)
                    return false;
                continue;
            }
            var from = place < Partition && Owner == OwnerKind.StatefulSet ? Old : Template;
            var name = Owner == OwnerKind.StatefulSet ? $"web-{place}" : $"web-{(char)('a' + made)}";
            if (!Make(from, null, name, place))
                return false;
            places[place] = $"uid-{made}";
            madeFrom[places[place]] = from;
            return true;
        }
        return !OnDelete && RollOn();
    }

    /// <summary>One after another, the highest number first, once all are Ready.</summary>
    private bool RollOn()
    {
        if (places.Values.Any(uid => !lives[uid].Pod.Ready))
            return false;
        var behind = places.Where(p => (p.Key >= Partition || Owner == OwnerKind.DaemonSet) && !madeFrom[p.Value].SequenceEqual(Template)).Select(p => (int?)p.Key).Max();
        if (behind is not { } next)
            return false;
        Hear($"{OwnerName} takes {lives[places[next]].Pod.Name} out to roll on");
        return Stop(lives[places[next]].Pod, 1);
    }
}
