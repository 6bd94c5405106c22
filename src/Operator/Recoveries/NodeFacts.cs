using Operator.Access;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Nodes;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>The target's node as the planner sees it.</summary>
internal static class NodeFacts
{
    /// <param name="held">Pods whose eviction was refused a moment ago, and why; null where the node is not being drained.</param>
    public static async Task<Facts.Node?> OfAsync(ClusterCache cache, OperatorAccess access, OperatorOptions options, Recovery recovery, string name, IReadOnlyDictionary<string, string>? held, CancellationToken cancellation)
    {
        if (!access.Has(OptionalRole.Nodes))
            return new Facts.Node { Name = name, Forbidden = OptionalRole.Nodes.Missing };
        if (!cache.Nodes.HasSynced)
            return new Facts.Node { Name = name, Forbidden = "the operator cannot list the nodes" };
        var found = await cache.Nodes.Api.GetAsync(new("", name), cancellation);
        if (found is ApiResult<Node>.Forbidden forbidden)
            return new Facts.Node { Name = name, Forbidden = forbidden.Message };
        if (found is not ApiResult<Node>.Ok { Value: var node })
            return null;
        var holders = NodeCordon.HoldersOf(node);
        var others = cache.Nodes.Store.All.Where(n => n.Metadata.Name != name).ToList();
        var drained = held is null ? ([], []) : NodeDrain.Of(cache, options, name, held);
        return new Facts.Node
        {
            Name = name,
            Unschedulable = node.Spec.Unschedulable,
            HeldByRecoveries = holders.Count > 0,
            HeldByThis = holders.Contains(ObjectKey.Of(recovery.Metadata)),
            OtherSchedulable = others.Count(n => !n.Spec.Unschedulable),
            CordonedByRecoveries = others.Count(n => NodeCordon.HoldersOf(n).Count > 0),
            MaxCordoned = options.MaxCordonedNodes,
            Pods = drained.Pods,
            Left = drained.Left,
        };
    }
}
