using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Disruption;

/// <summary>How many pods a budget is about, and how many of them must be healthy.</summary>
internal sealed class ExpectedPods(ClusterCache cache)
{
    /// <param name="budget">The budget.</param>
    /// <param name="pods">The pods that it selects.</param>
    /// <param name="why">Why it cannot be told.</param>
    /// <returns>Null if it cannot be told.</returns>
    public (int Expected, int Desired)? Of(V1PodDisruptionBudget budget, IReadOnlyList<V1Pod> pods, out string why)
    {
        why = "";
        var (minimum, maximum) = (budget.Spec.MinAvailable, budget.Spec.MaxUnavailable);
        if (maximum is null && minimum?.ToString()?.EndsWith('%') is not true)
            return (pods.Count, minimum is null ? 0 : minimum.Of(pods.Count, roundUp: true));
        // A percentage and a maximum need to know how many there should be, which only the pods' controllers can say.
        HashSet<string> counted = [];
        int expected = 0;
        foreach (var pod in pods)
        {
            if (Scale(pod) is not var (uid, replicas))
            {
                why = $"found no controllers for pod \"{pod.Metadata.Name}\"";
                return null;
            }
            if (counted.Add(uid))
                expected += replicas;
        }
        return maximum is not null
            ? (expected, Math.Max(0, expected - maximum.Of(expected, roundUp: true)))
            : (expected, minimum!.Of(expected, roundUp: true));
    }

    /// <summary>What scales a pod's controller, and to how many. A ReplicaSet of a Deployment is only a part of it.</summary>
    private (string Uid, int Replicas)? Scale(V1Pod pod)
    {
        string space = pod.Metadata.NamespaceProperty;
        if (pod.Metadata.Controller() is { Kind: "StatefulSet" } stateful && cache.StatefulSets.Store.Get(new(space, stateful.Name)) is { } ordinals)
            return (ordinals.Metadata.Uid, ordinals.Spec.Replicas ?? 1);
        if (pod.Metadata.Controller() is not { Kind: "ReplicaSet" } owner || cache.ReplicaSets.Store.Get(new(space, owner.Name)) is not { } set)
            return null;
        return set.Metadata.Controller() is { Kind: "Deployment" } above && cache.Deployments.Store.Get(new(space, above.Name)) is { } deployment
            ? (deployment.Metadata.Uid, deployment.Spec.Replicas ?? 1)
            : (set.Metadata.Uid, set.Spec.Replicas ?? 1);
    }
}
