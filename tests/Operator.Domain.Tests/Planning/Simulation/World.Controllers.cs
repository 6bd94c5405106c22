using Operator.Domain.Planning;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What the Deployment controller, the ReplicaSet controller and the kubelet do.</summary>
internal sealed partial class World
{
    private static readonly TimeSpan StartsIn = TimeSpan.FromSeconds(2);

    /// <summary>Lets the controllers act until they have nothing left to do at this moment.</summary>
    public void Settle()
    {
        while (Kubelet() | Deployment() | ReplicaSets() | Numbered() | RunJobs())
        {
        }
    }

    /// <summary>Moves to the next thing that happens, no later than asked; false when nothing is left to happen.</summary>
    public bool Advance(DateTimeOffset? latest)
    {
        var next = happenings.Select(h => (DateTimeOffset?)h.At)
            .Concat(lives.Values.Where(l => l.Pod is { Ready: false, Terminating: false, Finished: false } && (!Stuck(l.Pod) || l.Pod.Problem is null)).Select(l => (DateTimeOffset?)l.ReadyAt))
            .Concat(lives.Values.Where(l => l.Pod is { Finalizers.Count: 0 }).Select(l => l.Pod.TerminatingSince))
            .Append(latest)
            .Min();
        if (next is not { } at)
            return false;
        Now = at > Now ? at : Now;
        AskAgain();
        foreach (var happening in happenings.Where(h => h.At <= Now).ToList())
        {
            happenings.Remove(happening);
            Hear(happening.What);
            happening.Happens(this);
        }
        Settle();
        return true;
    }

    private bool Kubelet()
    {
        var changed = false;
        foreach (var life in lives.Values.ToList())
        {
            var pod = life.Pod;
            if (pod.TerminatingSince <= Now && pod.Finalizers.Count == 0)
            {
                changed = lives.Remove(pod.Uid);
                Hear($"{pod.Name} is gone");
            }
            else if (pod is { Ready: false, Terminating: false, Finished: false } && life.ReadyAt <= Now && !Stuck(pod))
            {
                life.Pod = pod with { Ready = true, Problem = null };
                changed = true;
                Hear($"{pod.Name} is Ready");
            }
            else if (pod is { Ready: false, Problem: null } && life.ReadyAt <= Now && Stuck(pod))
            {
                life.Pod = pod with { Problem = Unschedulable(pod) ?? ("ErrImagePull", $"{pod.Name}: the registry does not answer") };
                changed = true;
            }
        }
        return changed;
    }

    private bool Stuck(Pod pod) => broken.Contains(pod.Name) || Unschedulable(pod) is not null || (PullsFail && pod.CreatedAt >= Start);

    private bool Deployment()
    {
        if (!Makes || IsNumbered || HasJobs)
            return false;
        if (WorkloadGone || Replicas == 0)
            return Scale(sets.Where(s => s.Wanted > 0), 0);
        if (Paused)
            return false;
        var current = sets.FirstOrDefault(s => s.Template.SequenceEqual(Template));
        if (current is null)
            sets.Add(current = new Set($"rs-{sets.Count + 1}", Template));
        foreach (var set in sets)
            set.Current = set == current;

        var old = sets.Where(s => s != current && s.Wanted > 0).ToList();
        if (old.Count == 0)
            return Scale([current], Replicas);
        if (Recreate)
            return Scale(old, 0);
        var ready = Pods.Count(p => p is { Ready: true, Terminating: false, DetachedAt: null });
        if (current.Wanted < Replicas && sets.Sum(s => s.Wanted) <= Replicas)
            return Scale([current], current.Wanted + 1);
        return ready > Replicas && Scale([old[0]], old[0].Wanted - 1);
    }

    private static bool Scale(IEnumerable<Set> which, int wanted)
    {
        var changed = false;
        foreach (var set in which.ToList())
        {
            changed |= set.Wanted != wanted;
            set.Wanted = wanted;
        }
        return changed;
    }

    /// <summary>Every ReplicaSet refills from its own template, whatever its Deployment says.</summary>
    private bool ReplicaSets()
    {
        var changed = false;
        foreach (var set in sets)
        {
            var active = Owned(set).Where(p => !p.Terminating).ToList();
            // With Recreate, the new ones come when the old ones are gone.
            if (active.Count < set.Wanted && !(Recreate && Pods.Any(p => p.Terminating && p.ReplicaSet != set.Name)))
                changed |= Make(set);
            else if (active.Count > set.Wanted)
                changed |= Stop(active.OrderBy(p => p.Ready).ThenByDescending(p => p.FirstInRollout).ThenByDescending(p => p.Name, StringComparer.Ordinal).First(), 1);
        }
        return changed;
    }

    private IEnumerable<Pod> Owned(Set set) => Pods.Where(p => p.ReplicaSet == set.Name && p.DetachedAt is null);

    private bool Make(Set? set) => Make(set?.Template ?? Template, set?.Name, $"web-{++made}");

    private bool Make(IReadOnlyList<TemplateContainer> template, string? set, string name, int? ordinal = null, string? job = null)
    {
        IReadOnlyList<Container> containers = [.. template.Select(c => Rewrites(Admitted(c.Image))).Select((image, i) => new Container(template[i].Name, image, Reports(ImageReference.Parse(image).Repository, Runs(image))))];
        if (containers.Select(c => c.Image).FirstOrDefault(Refuses) is { } refused)
        {
            Hear($"{set ?? OwnerName} may not make a pod from {refused}");
            return false;
        }
        if (job is not null)
            made++;
        var uid = ordinal is null ? $"uid-{made}" : $"uid-{++made}";
        lives[uid] = new(Shape(new Pod
        {
            Name = name,
            Uid = uid,
            Ordinal = Owner == OwnerKind.StatefulSet ? ordinal : null,
            ResourceVersion = "1",
            CreatedAt = Now,
            ReplicaSet = set,
            Job = job,
            Node = "node-1",
            Containers = containers,
        }), Now + StartsIn);
        Hear($"{set ?? job ?? OwnerName} makes {name} from {string.Join(", ", containers.Select(c => c.Image))}");
        return true;
    }

    private string Runs(string image) => ImageReference.Parse(image) is var parsed && parsed.Digest is { } digest ? digest : Registry[parsed.EffectiveTag!];

    private bool Stop(Pod pod, int grace)
    {
        lives[pod.Uid].Pod = pod with { TerminatingSince = Now + TimeSpan.FromSeconds(grace), Ready = false };
        return true;
    }

    /// <summary>Somebody deletes a pod.</summary>
    public void Delete(string pod) => Stop(Pods.Single(p => p.Name == pod), 1);

    /// <summary>Somebody deletes the target.</summary>
    public void DeleteTarget() => Stop(Target!, 1);

    /// <summary>Nothing holds the pod any longer.</summary>
    public void ClearFinalizers() => lives[TargetUid].Pod = Target! with { Finalizers = [] };
}
