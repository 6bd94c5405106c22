using Operator.Cluster;
using Operator.Nodes;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>Lifts cordons that no recovery holds any longer.</summary>
internal sealed partial class NodeSweep(ClusterCache cache, NodeCordon cordon, MarkOwners owners, SweepOutcome outcome, ILogger<NodeSweep> logger)
{
    public async Task<ReconcileResult> SweepAsync(ObjectKey key, CancellationToken cancellation)
    {
        var found = await cache.Nodes.Api.GetAsync(key, cancellation);
        if (found is ApiResult<Node>.NotFound)
            return ReconcileResult.Done;
        var node = found.Required();
        if (NodeCordon.EntriesOf(node) is not { } entries)
            return ReconcileResult.Done;
        var holders = NodeCordon.HoldersOf(node);
        List<ObjectKey> remaining = [];
        Exception? unknown = null;
        foreach (var holder in holders)
        {
            try
            {
                if (await owners.FindAsync(holder, cancellation) is MarkOwner.Going { Recovery.Spec.Target.Node: var held } && (held is null || held == node.Metadata.Name))
                    remaining.Add(holder);
            }
            catch (ApiUnavailableException failure)
            {
                // Whether it still goes on is not known, so it still counts. The others may let go meanwhile.
                remaining.Add(holder);
                unknown = failure;
            }
        }
        if ((remaining.Count < entries || holders.Count == 0)
            && outcome.Done(await cordon.ReleaseAsync(node, remaining, cancellation), $"node {node.Metadata.Name}"))
            NodeReleased(node.Metadata.Name, remaining.Count);
        return unknown is null ? ReconcileResult.Done : throw new ApiUnavailableException($"node {key}: {unknown.Message}", unknown);
    }

    [LoggerMessage(LogLevel.Information, "{node} is held by {remaining} recoveries")]
    private partial void NodeReleased(string node, int remaining);
}
