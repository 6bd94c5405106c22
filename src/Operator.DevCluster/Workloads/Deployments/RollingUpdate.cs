using k8s.Models;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>Moves pods from old ReplicaSets to the new one, within the surge and the unavailability that are allowed.</summary>
internal sealed class RollingUpdate(ReplicaSetScaling scaling)
{
    /// <summary>What size the new ReplicaSet may have now.</summary>
    public static int SizeOfNew(Rollout rollout, int present)
    {
        if (!rollout.Deployment.IsRollingUpdate())
            return rollout.Wanted;
        int room = rollout.Wanted + rollout.Deployment.MaxSurge() - rollout.All.Wanted();
        return room <= 0 ? present : present + Math.Min(room, rollout.Wanted - present);
    }

    /// <summary>One step: up with the new one, else down with the old ones.</summary>
    public async Task<Rollout> StepAsync(Rollout rollout, CancellationToken cancellation)
    {
        if (rollout.New is not { } set)
            return rollout;
        int size = set.Wanted() > rollout.Wanted ? rollout.Wanted : SizeOfNew(rollout, set.Wanted());
        return size != set.Wanted()
            ? await scaling.ToAsync(rollout, set, size, cancellation)
            : await ScaleDownOldAsync(rollout, set, cancellation);
    }

    private async Task<Rollout> ScaleDownOldAsync(Rollout rollout, V1ReplicaSet set, CancellationToken cancellation)
    {
        if (rollout.Old.Wanted() == 0)
            return rollout;
        int minimum = rollout.Wanted - rollout.Deployment.MaxUnavailable();
        int most = rollout.All.Wanted() - minimum - (set.Wanted() - set.Available());
        if (most <= 0)
            return rollout;
        // Pods that are not available cost nothing to lose, and would else block the rollout for ever.
        rollout = await TakeAsync(rollout, most, r => r.Wanted() - r.Available(), cancellation);
        return await TakeAsync(rollout, rollout.All.Available() - minimum, ReplicaCounts.Wanted, cancellation);
    }

    private async Task<Rollout> TakeAsync(Rollout rollout, int most, Func<V1ReplicaSet, int> from, CancellationToken cancellation)
    {
        foreach (var old in rollout.OldestFirst)
        {
            int taken = Math.Min(most, Math.Min(old.Wanted(), from(old)));
            if (taken <= 0)
                continue;
            rollout = await scaling.ToAsync(rollout, old, old.Wanted() - taken, cancellation);
            most -= taken;
        }
        return rollout;
    }
}
