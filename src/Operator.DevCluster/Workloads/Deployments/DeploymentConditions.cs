using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>The conditions of a Deployment as this pass changes them; they are written once, at its end.</summary>
internal sealed class DeploymentConditions(V1Deployment deployment, TimeProvider time)
{
    public const string Progressing = "Progressing";

    private readonly List<V1DeploymentCondition> conditions = [.. deployment.Status?.Conditions ?? []];

    public IReadOnlyList<V1DeploymentCondition> All => conditions;

    public V1DeploymentCondition? this[string type] => conditions.FirstOrDefault(c => c.Type == type);

    /// <summary>Changes nothing where status and reason are the same already.</summary>
    public void Set(string type, string status, string reason, string message)
    {
        if (this[type] is not { } present || present.Status != status || present.Reason != reason)
            Renew(type, status, reason, message);
    }

    /// <summary>Says it anew, as of now.</summary>
    public void Renew(string type, string status, string reason, string message)
    {
        var now = time.GetUtcNow().WholeSecond();
        var present = this[type];
        Remove(type);
        conditions.Add(new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = present?.Status == status ? present.LastTransitionTime : now,
        });
    }

    public void Remove(string type) => conditions.RemoveAll(c => c.Type == type);
}
