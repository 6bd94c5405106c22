using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What becomes of the other pods of the target's node, and where a replacement finds room.</summary>
internal sealed partial class World
{
    /// <summary>Pods of the node, by UID, that a budget keeps, and its words.</summary>
    public Dictionary<string, string> Budgets { get; } = [];

    /// <summary>Only the cordoned node has room.</summary>
    public bool OtherNodesAreFull { get; init; }

    private void Evict(string uid)
    {
        var held = Budgets.GetValueOrDefault(uid);
        Node = Node! with { Pods = [.. Node!.Pods.Select(p => p.Uid == uid ? p with { Leaving = held is null, HeldBy = held } : p)] };
        if (held is null)
            happenings.Add(new(Now + StartsIn, $"{uid} has left the node", w => w.Node = w.Node! with { Pods = [.. w.Node!.Pods.Where(p => p.Uid != uid)] }));
    }

    /// <summary>What was refused a moment ago is asked for again.</summary>
    private void AskAgain()
    {
        if (Node is { Pods.Count: > 0 } node)
            Node = node with { Pods = [.. node.Pods.Select(p => p with { HeldBy = null })] };
    }

    private (string, string)? Unschedulable(Pod pod) =>
        OtherNodesAreFull && Node is { HeldByThis: true } && pod.CreatedAt >= Start
            ? ("Unschedulable", $"{pod.Name}: 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.")
            : null;
}
