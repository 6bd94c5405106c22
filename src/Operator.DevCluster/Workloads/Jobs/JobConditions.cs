using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Jobs;

/// <summary>The conditions of a Job as this pass changes them.</summary>
internal sealed class JobConditions(V1Job job, TimeProvider time)
{
    private readonly List<V1JobCondition> all = [.. job.Status?.Conditions ?? []];

    public IList<V1JobCondition>? All => all.Count == 0 ? null : all;

    public V1JobCondition? True(string type) => all.FirstOrDefault(c => c.Type == type && c.Status == "True");

    /// <returns>Whether it was not so before.</returns>
    public bool Set(string type, bool holds, string reason, string message)
    {
        string status = holds ? "True" : "False";
        int index = all.FindIndex(c => c.Type == type);
        // What never held need not be denied.
        if (index < 0 ? !holds : all[index].Status == status && all[index].Reason == reason)
            return false;
        var now = time.GetUtcNow().WholeSecond();
        V1JobCondition condition = new() { Type = type, Status = status, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };
        if (index < 0)
            all.Add(condition);
        else
            all[index] = condition;
        return true;
    }
}
