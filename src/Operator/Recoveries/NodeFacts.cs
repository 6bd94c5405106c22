using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Nodes;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>The target's node as the planner sees it.</summary>
internal static class NodeFacts
{
    public static async Task<Facts.Node?> OfAsync(ClusterCache cache, OperatorOptions options, Recovery recovery, string name, CancellationToken cancellation)
    {
        if (await cache.Nodes.Api.GetAsync(new("", name), cancellation) is not ApiResult<Node>.Ok { Value: var node })
            return null;
        var holders = NodeCordon.HoldersOf(node);
        var others = cache.Nodes.Store.All.Where(n => n.Metadata.Name != name).ToList();
        return new Facts.Node
        {
            Name = name,
            Unschedulable = node.Spec.Unschedulable,
            HeldByRecoveries = holders.Count > 0,
            HeldByThis = holders.Contains(ObjectKey.Of(recovery.Metadata)),
            OtherSchedulable = others.Count(n => !n.Spec.Unschedulable),
            CordonedByRecoveries = others.Count(n => NodeCordon.HoldersOf(n).Count > 0),
            MaxCordoned = options.MaxCordonedNodes,
        };
    }
}
