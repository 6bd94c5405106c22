using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>How many pods more and how many fewer than wanted a rollout may have at any moment.</summary>
internal static class RolloutLimits
{
    public static int MaxSurge(this V1Deployment deployment) => Resolve(deployment).Surge;

    public static int MaxUnavailable(this V1Deployment deployment) =>
        Math.Min(Resolve(deployment).Unavailable, deployment.Spec.Replicas ?? 1);

    public static bool IsRollingUpdate(this V1Deployment deployment) => deployment.Spec.Strategy?.Type is null or "RollingUpdate";

    private static (int Surge, int Unavailable) Resolve(V1Deployment deployment)
    {
        if (!deployment.IsRollingUpdate())
            return (0, 0);
        int wanted = deployment.Spec.Replicas ?? 1;
        var rolling = deployment.Spec.Strategy?.RollingUpdate;
        int surge = (rolling?.MaxSurge ?? "25%").Of(wanted, roundUp: true);
        int unavailable = (rolling?.MaxUnavailable ?? "25%").Of(wanted, roundUp: false);
        // Both may round to zero, and then nothing could ever move.
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable);
    }
}
